// How long the other functions load: their bundles in fresh processes, beside bare Node.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleFunction } from '../../infra/aws/bundle.ts';
import { inFolder, runFresh } from './fresh.ts';
import { type Figure, loaded } from './table.ts';

const functions = ['dispatcher', 'builder-api', 'reaper', 'cloud-events', 'api'];
const mostMs = 250;

/** Loading asks nobody anything. */
const nowhere = 'http://127.0.0.1:9';

const load = `
const { handler } = await import('./index.mjs');
process.exit(typeof handler === 'function' ? 0 : 1);
`;

/** One figure for each function. The functions take turns, so that a busy moment meets them all. */
export async function benchLoad(rounds: number): Promise<Figure[]> {
  return inFolder(async (folder) => {
    await writeFile(join(folder, 'bare.mjs'), '');
    for (const name of functions) {
      await bundleFunction(`functions/${name}/index.ts`, join(folder, name));
      await writeFile(join(folder, name, 'load.mjs'), load);
    }
    const bare: number[] = [];
    const times = new Map(functions.map((name): [string, number[]] => [name, []]));
    for (let round = 0; round < rounds; round += 1) {
      bare.push((await runFresh(folder, nowhere, 'bare.mjs')).ms);
      for (const [name, list] of times) {
        list.push((await runFresh(folder, nowhere, `${name}/load.mjs`)).ms);
      }
    }
    return [...times].map(([name, list]) => loaded(`${name}, loaded`, list, bare, mostMs));
  });
}
