// A process of its own, in a copy of the sources: runs worlds until one breaks something, which it tells in
// JSON.
import { stdin } from 'node:process';
import { text } from 'node:stream/consumers';
import * as z from 'zod/mini';
import { mutants } from './table.ts';
import type { World } from './worlds.ts';

/** The names of the worlds to run, on its standard input, in their order. */
const names = z.array(z.string()).parse(JSON.parse(await text(stdin)));

const worlds = new Map<string, World>();
for (const { catcher } of mutants) {
  if ('worlds' in catcher) for (const world of catcher.worlds) worlds.set(world.name, world);
}

for (const name of names) {
  const [broken] = (await worlds.get(name)?.run().catch(thrown)) ?? [`there is no world '${name}'`];
  console.log(JSON.stringify({ world: name, ...(broken !== undefined && { broken }) }));
  if (broken !== undefined) break;
}

function thrown(error: unknown): string[] {
  return [`it threw ${String(error)}`];
}
