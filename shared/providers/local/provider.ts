// Provider `local`: builders are processes of this computer that run the real agent script.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import * as z from 'zod/mini';
import { Doubt, type LaunchResult, type Provider } from '../../scheduler/ports.ts';
import type { Launch } from '../../scheduler/records.ts';
import { type Builders, builders } from './builders.ts';
import { builderId, prune, type Records, records } from './records.ts';
import type { LocalSettings } from './settings.ts';

export type { LocalSettings } from './settings.ts';

export interface LocalProvider extends Provider {
  /** Ends all builders and removes the folder. Nothing can be launched afterwards. */
  close(): Promise<void>;
}

/** How long the records of a launch are kept, in ms. */
const tokenLifeMs = 3_600_000;

const request = z.object({ n: z.int().check(z.minimum(1), z.maximum(1000)) });

/** Builders on this computer. Needs Linux, since it finds processes in /proc; throws elsewhere. */
export function localProvider(settings: LocalSettings): LocalProvider {
  if (!existsSync('/proc/self/stat')) throw new Error("the provider 'local' needs Linux: there is no /proc");
  const folder = resolve(settings.folder);
  const kept = records(folder);
  const own = builders(folder, kept, settings);
  const inTurn = turns();
  let closed = false;

  async function stop(ids: string[]): Promise<{ failed: string[] }> {
    const there = new Set(own.ids());
    const asked = ids.filter((id) => there.has(id));
    const ends = await Promise.allSettled(asked.map(own.end));
    return { failed: asked.filter((_, index) => ends[index]?.status === 'rejected') };
  }

  async function close(): Promise<void> {
    closed = true;
    const { failed } = await stop(own.ids());
    if (failed.length > 0) throw new Error(`cannot be ended: ${failed.join(', ')} in ${folder}`);
    await own.allTold();
    rmSync(folder, { recursive: true, force: true });
  }

  async function launch(wanted: Launch): Promise<LaunchResult> {
    if (closed) throw new Doubt(`launch ${wanted.id}: the provider is closed`);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      prune(folder, Date.now() - tokenLifeMs);
      return await startAll(wanted, kept, own);
    } catch (error) {
      throw new Doubt(`launch ${wanted.id} on this computer: ${error}`);
    }
  }

  return {
    tokenLifeMs,
    request: ({ n }) => JSON.stringify({ n }),
    // Two launches at once may be the same one, asked twice.
    launch: (wanted) => inTurn(() => launch(wanted)),
    list: async () => (await Promise.all(own.ids().map(own.sight))).filter((seen) => seen !== undefined),
    look: async (id) => (own.ids().includes(id) ? own.sight(id) : undefined),
    stop,
    close: () => inTurn(close),
  };
}

async function startAll(launch: Launch, kept: Records, own: Builders): Promise<LaunchResult> {
  const { data, error } = request.safeParse(parseJson(launch.request));
  if (error) {
    const why = `launch ${launch.id} asks '${launch.request.slice(0, 100)}', not {"n":<1 to 1000>}`;
    return { started: [], faults: [{ kind: 'invalid', why }] };
  }
  if (!kept.keep(launch.id, launch.request)) {
    return { started: kept.of(launch.id), faults: [], already: true };
  }
  const ids = Array.from({ length: data.n }, (_, index) => builderId(launch.id, index));
  for (const id of ids) await own.start(launch.id, id);
  return { started: ids, faults: [] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Does one piece of work after the other. */
function turns() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
}
