// `npm run mac-image`: shows how to make an image of macOS by hand, on which jobs can open windows.
import { runCommand } from './command.ts';
import { macImage } from './mac-image/main.ts';

await runCommand(macImage);
