// A pass or a sweep dies after any write or call, once: two jobs are served all the same, and a host is
// released.
import { describe, expect, it } from 'vitest';
import { evening, hour, type MacCrew, macCrew, minute } from './mac-crew.ts';

const macs = { labels: ['mac'] };

interface Peril {
  /** Effects of passes and sweeps so far. */
  effects: number;
  /** A process does its work, and dies where it must. */
  process(work: () => Promise<void>): Promise<void>;
}

/** After the effect number `fatal` nothing of that process happens any more. Agents and GitHub do not die. */
function perilous({ ports }: MacCrew, fatal: number): Peril {
  let isDead = false;
  const { open, hosts, providers } = ports;
  const dying = <Port extends object>(port: Port, reads: readonly string[]): Port =>
    new Proxy(port, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function' || name === 'request') return method;
        return async (...args: unknown[]) => {
          if (isDead) throw new Error('died');
          const answer = await Reflect.apply(method, target, args);
          if (reads.includes(String(name))) return answer;
          peril.effects += 1;
          if (peril.effects === fatal) isDead = true;
          if (isDead) throw new Error('died');
          return answer;
        };
      },
    });
  const deadly = {
    open: dying(open, ['read', 'get']),
    hosts: hosts && dying(hosts, ['list', 'look', 'resets']),
    providers: Object.fromEntries(
      Object.entries(providers).map(([name, provider]) => [name, dying(provider, ['list', 'look'])]),
    ),
  };
  const peril: Peril = {
    effects: 0,
    async process(work) {
      isDead = false;
      Object.assign(ports, deadly);
      await work().catch((error: unknown) => {
        if (!isDead) throw error;
      });
      Object.assign(ports, { open, hosts, providers });
    },
  };
  return peril;
}

/** Two jobs of a repository, then nobody needs the machine, then the day is over, then its records end. */
async function story(fatal: number): Promise<{ film: MacCrew; effects: number; most: number }> {
  const film = macCrew({ maximum: 1 });
  Object.assign(film.macs.trouble, { resetMs: 3 * minute, scrubMs: 4 * minute });
  const peril = perilous(film, fatal);
  let most = 0;
  const minutes = async (n: number): Promise<void> => {
    for (let passed = 0; passed < n; passed += 1) {
      film.later(minute);
      for (const work of [film.sweep, film.settle]) {
        await peril.process(work);
        most = Math.max(most, film.macs.machines.size);
      }
    }
  };
  for (const id of ['1', '2']) {
    await film.queue(id, 'film/color', macs);
    await minutes(3);
    await film.begin(id);
    await minutes(1);
    await film.end(id);
    await minutes(7);
  }
  film.later(2 * hour);
  await minutes(10);
  const { allocatedAt = 0 } = film.macs.all.get('h-mac-1') ?? {};
  film.later(allocatedAt + 24 * hour - 2 * minute - film.ports.clock.now());
  await minutes(8);
  film.later(hour);
  await minutes(3);
  return { film, effects: peril.effects, most };
}

describe('a process that dies', () => {
  it('anywhere costs neither a job nor a second host, and leaves nothing', async () => {
    const whole = await story(0);
    expect(whole.effects).toBeGreaterThan(40);
    for (let fatal = 1; fatal <= whole.effects; fatal += 1) {
      const { film, most } = await story(fatal);
      const where = `after effect ${fatal}`;
      expect(most, where).toBe(1);
      expect(film.macs.all.size, where).toBe(1);
      const [host] = [...film.macs.all.values()];
      const ms = (host?.releasedAt ?? 0) - (host?.allocatedAt ?? 0);
      expect(ms / hour, where).toBeGreaterThanOrEqual(24);
      expect(ms / hour, where).toBeLessThan(24.2);
      const { builders, hosts, jobs } = await film.store.open.read('mac');
      expect(
        [
          ...builders.filter(({ phase }) => phase !== 'gone'),
          ...hosts.filter(({ phase }) => phase !== 'gone'),
        ],
        where,
      ).toEqual([]);
      expect(
        jobs.filter(({ phase }) => phase !== 'done'),
        where,
      ).toEqual([]);
      expect((await film.money()).open, where).toBe(0);
    }
  }, 60_000);
});

describe('money that was reserved for a host before its record was written', () => {
  it('is free again after two minutes', async () => {
    const film = await evening(macCrew());
    const { put } = film.store.open;
    film.store.open.put = (item) => (item.kind === 'host' ? Promise.reject(new Error('died')) : put(item));
    await film.queue('2', 'film/volume', macs);
    await film.settle();
    film.store.open.put = put;
    await film.tell('2', { status: 'completed', conclusion: 'cancelled' });
    expect((await film.money()).open).toBeGreaterThan(15.925);
    await film.minutes(2);
    expect((await film.money()).open).toBeGreaterThan(15.925);
    await film.minutes(1);
    expect((await film.money()).open).toBe(15.925);
  });
});
