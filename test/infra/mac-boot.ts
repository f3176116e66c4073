// How a Mac boots, in short: user data in a folder of the test, and launchd, which starts what a plist says.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/** The script with its folders below `root`. */
export const movedTo = (root: string, script: string): string =>
  script
    .replace('folder=/var/callsheet', `folder=${root}/var/callsheet`)
    .replace('services=/Library/LaunchDaemons', `services=${root}/services`)
    .replace('log=/var/log/callsheet.log', `log=${root}/log`);

/** The arguments of the service's program, after its shell. Throws when the text is no plist. */
export function argumentsIn(plist: string): string[] {
  const open: string[] = [];
  for (const [, closes, name, empty] of plist.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (empty || !name) continue;
    if (!closes) open.push(name);
    else if (open.pop() !== name) throw new Error(`</${name}> closes nothing in ${plist}`);
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(' ')} in ${plist}`);
  const [, list = ''] = /<key>ProgramArguments<\/key>\s*<array>(.*)<\/array>/.exec(plist) ?? [];
  const [shell, ...rest] = [...list.matchAll(/<string>(.*?)<\/string>/g)].map(([, text = '']) => text);
  if (shell !== '/bin/sh') throw new Error(`no service of sh: ${plist}`);
  return rest;
}

/** Runs a script to its end, with what it says in a file. Answers its status. */
export async function ended(
  [script = '', ...args]: string[],
  env: Record<string, string>,
  said: string,
): Promise<number> {
  const out = openSync(said, 'a');
  const child = spawn('sh', [script, ...args], { env, stdio: ['ignore', out, out] });
  closeSync(out);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 255));
  });
}
