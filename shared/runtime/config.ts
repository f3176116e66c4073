// The checked configuration. A bundle carries its value instead of this module: see infra/aws/bundle.ts.
import input from '../../callsheet.config.ts';
import { type Config, parseConfig } from '../policy/schema.ts';

/** Loading this module throws a `ConfigError` when `callsheet.config.ts` has mistakes. */
export const config: Config = parseConfig(input);
