// `npm run groups`: shows and sets the runner group of each project.
import { runCommand } from './command.ts';
import { groups } from './groups/main.ts';

await runCommand(groups);
