// `npm run doctor`: finds what goes wrong before the first job.
import { runCommand } from './command.ts';
import { doctor } from './doctor/main.ts';

await runCommand(doctor);
