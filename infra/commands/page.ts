// `npm run page`: shows the deployed Callsheet in the browser of this computer.
import { runCommand } from './command.ts';
import { page } from './page/main.ts';

await runCommand(page);
