// What a sweep of a large installation asks for: it grows with pages, never with builders or jobs.
import { expect, it } from 'vitest';
import { freshBuilder } from '../../shared/operations/record.ts';
import { type Crew, crew } from './crew.ts';

const minute = 60_000;

/** Builders at work, each with its job and its machine. */
async function large(n: number): Promise<Crew> {
  const film = crew();
  const now = film.ports.clock.now();
  const request = film.cloud.request({ pool: 'gpu', rung: 0, n });
  const ids = Array.from({ length: n }, (_, nth) => `memory-gpu-1-${nth}`);
  const launch = { kind: 'launch', phase: 'answered', pool: 'gpu', id: 'gpu-1', version: 0 } as const;
  const asked = { provider: 'local', rung: 0, n, request, deal: [], askedAt: now, answeredAt: now };
  await film.cloud.launch(await film.put({ ...launch, ...asked, started: ids }));
  film.later(5 * minute);
  const scope = 'group/film/callsheet-color';
  for (const [nth, id] of ids.entries()) {
    await film.queue(String(nth), 'film/color', {
      status: 'in_progress',
      runner: `callsheet-test-${id}-1-1`,
    });
    const machine = { pool: 'gpu', launch: 'gpu-1', id, provider: 'local' };
    const fresh = freshBuilder(machine, { rung: 0, usdPerHour: 0 }, now);
    const runner = `callsheet-test-${id}-1-1`;
    await film.put({ ...fresh, phase: 'ready', scope, runner, heardAt: film.ports.clock.now() });
    film.github.runnersNow.set(runner, { scope, name: runner, labels: ['gpu'], id: String(nth), busy: true });
  }
  return film;
}

/** Calls of the table, of history, of the cloud and of GitHub in a second sweep. */
async function callsOf(film: Crew): Promise<string[]> {
  const calls: string[] = [];
  const counted = <T extends object>(name: string, port: T): T =>
    new Proxy(port, {
      get(target, key) {
        const found: unknown = Reflect.get(target, key);
        if (typeof found !== 'function') return found;
        return (...asked: unknown[]) => {
          calls.push(`${name} ${String(key)}`);
          return Reflect.apply(found, target, asked);
        };
      },
    });
  await film.sweep();
  film.later(minute);
  const { ports, store, cloud, github } = film;
  Object.assign(ports, {
    open: counted('open', store.open),
    history: counted('history', store.history),
    providers: { local: counted('cloud', cloud) },
  });
  github.calls.length = 0;
  await film.sweep();
  return [...calls, ...github.calls].sort();
}

it('is the same for 10 builders as for 1000', async () => {
  const [few, many] = await Promise.all([callsOf(await large(10)), callsOf(await large(1000))]);
  expect(many).toEqual(few);
  expect(many.length).toBeLessThan(20);
});
