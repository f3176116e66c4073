// `npm run reap`: what the reaper would do now, and why.
import { runCommand } from './command.ts';
import { reap } from './reap/main.ts';

await runCommand(reap);
