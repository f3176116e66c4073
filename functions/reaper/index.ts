// The Lambda function that the schedule runs each minute.
import { parseEnvironment, reaperEnvironment } from '../../shared/contract/environment.ts';
import { reaperPorts } from '../../shared/runtime/aws/ports.ts';
import { config } from '../../shared/runtime/config.ts';
import { createReaper } from './reaper.ts';

const environment = parseEnvironment(reaperEnvironment, process.env);

export const handler = createReaper(reaperPorts(environment, config));
