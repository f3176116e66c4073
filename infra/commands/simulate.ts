// `npm run simulate`: shows what a month of Macs would cost, and how long jobs would wait.
import { runCommand } from './command.ts';
import { simulate } from './simulate/main.ts';

await runCommand(simulate);
