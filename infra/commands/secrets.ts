// `npm run secrets`: makes, shows and rotates the secrets of an installation.
import { runCommand } from './command.ts';
import { secrets } from './secrets/main.ts';

await runCommand(secrets);
