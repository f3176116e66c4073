// `npm run offerings`: shows what the pools may ask of clouds, and what it costs.
import { runCommand } from './command.ts';
import { offerings } from './offerings/main.ts';

await runCommand(offerings);
