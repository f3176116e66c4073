// What nobody owns: it is told of as long as it is there, whatever becomes of it, with the reason.
import { describe, expect, it } from 'vitest';
import type { Told } from '../../shared/operations/sweep/report.ts';
import { sweep } from '../../shared/operations/sweep/sweep.ts';
import { type Crew, crew } from './crew.ts';
import { type MacCrew, m1, macCrew, zoneA } from './mac-crew.ts';

const minute = 60_000;
const offering = 'us-west-2/on-demand/g5.xlarge/us-west-2a';

/** A machine that no launch of ours has started, as a cloud with offerings shows it. */
function plant({ cloud }: Crew, id: string, more: object): void {
  const { list } = cloud;
  cloud.plant(id);
  cloud.list = async () => (await list()).map((one) => (one.id === id ? { ...one, ...more } : one));
}

const foundOf = async (film: Crew) => (await film.store.open.read('+')).sweeps[0]?.today.found;

describe('a machine with the protect tag that nobody owns', () => {
  it.each([['gpu-77'], [undefined]])('and with launch %s is never ended, but told of', async (launch) => {
    const film = crew();
    const since = film.ports.clock.now();
    const terms = { offering, usdPerHour: 1.2 };
    plant(film, 'm1', { launch, protected: true, terms });
    for (let nth = 0; nth < 5; nth += 1) {
      film.later(minute);
      await film.sweep();
    }
    expect(film.cloud.machines.size).toBe(1);
    expect(film.lines.at(-1)).toMatchObject({ unowned: { machine: 1 }, problems: [] });
    const known = { kind: 'machine', id: 'm1', place: 'us-west-2', usdPerHour: 1.2, protected: true };
    expect(await foundOf(film)).toEqual([expect.objectContaining({ ...known, since })]);
  });

  it('is not adopted, though its launch is known', async () => {
    const film = crew();
    film.cloud.trouble.answersLost = true;
    await film.queue('1', 'film/color');
    await film.pass();
    const { list } = film.cloud;
    film.cloud.list = async () => (await list()).map((one) => ({ ...one, protected: true as const }));
    for (let nth = 0; nth < 3; nth += 1) {
      film.later(minute);
      await film.sweep();
    }
    expect((await film.store.open.read('gpu')).builders).toEqual([]);
    expect(film.cloud.machines.size).toBe(1);
  });
});

describe('a host with the protect tag that nobody owns', () => {
  const protect = ({ macs }: MacCrew): void => {
    const { list } = macs.hosts;
    macs.hosts.list = async () => (await list()).map((one) => ({ ...one, protected: true as const }));
  };

  it('is neither adopted nor released, and told of with its cost', async () => {
    const film = macCrew();
    film.macs.plant('h-0', 'mac-7', m1(zoneA));
    protect(film);
    await film.minutes(5);
    expect(await film.hosts()).toEqual([]);
    expect(await foundOf(film)).toEqual([
      expect.objectContaining({ kind: 'host', id: 'h-0', place: 'us-east-1', usdPerHour: 0.65 }),
    ]);
  });

  it('but that is on record is ours: the tag changes nothing', async () => {
    const film = macCrew();
    film.macs.plant('h-0', 'mac-7', m1(zoneA));
    await film.minutes(3);
    protect(film);
    await film.minutes(3);
    expect(await film.hosts()).toHaveLength(1);
    expect(film.lines.findLast(({ unit }) => unit === 'sweep')).toMatchObject({ unowned: {} });
  });
});

describe('a machine that cannot be stopped', () => {
  it('is a problem of each sweep, for as long as it is there', async () => {
    const film = crew();
    film.cloud.plant('one');
    film.cloud.trouble.unstoppable = ['one'];
    film.later(minute);
    await film.sweep();
    const why = 'machine one: it has no owner, and could not be stopped: it names no launch of ours';
    for (let nth = 0; nth < 60; nth += 1) {
      film.later(minute);
      await expect(film.sweep()).rejects.toThrow(why);
      expect(film.lines.at(-1)).toMatchObject({ unowned: { machine: 1 } });
    }
  });
});

describe('what runs a job without an owner', () => {
  it('is left: a machine and a registration, which are told of', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    await film.pass();
    const b = 'memory-gpu-1-0';
    await film.claim(b);
    for (const runner of film.github.runnersNow.values()) runner.busy = true;
    const endedAt = film.ports.clock.now() - 5 * minute;
    await film.put({ ...(await film.builder(b)), phase: 'gone', endedAt });
    for (let nth = 0; nth < 4; nth += 1) {
      film.later(minute);
      await film.sweep();
      expect(film.lines.at(-1)).toMatchObject({ unowned: { machine: 1, registration: 1 } });
    }
    expect([film.cloud.machines.size, film.github.runnersNow.size]).toEqual([1, 1]);
  });
});

describe('registrations of many accounts', () => {
  const names = Array.from({ length: 60 }, (_, nth) => `org${nth}`);

  it('are listed some at a time, each at every fifth sweep at least', async () => {
    const film = crew({
      github: { appId: '1', installations: Object.fromEntries(names.map((name) => [name, '1'])) },
      projects: Object.fromEntries(
        names.map((name) => [name, { repositories: [`${name}/x`], pools: ['gpu', 'xl'] }]),
      ),
    });
    for (let round = 0; round < 2; round += 1) {
      const listed: string[] = [];
      for (let nth = 0; nth < 5; nth += 1) {
        film.github.calls.length = 0;
        film.later(minute);
        await sweep(film.ports);
        const now = film.github.calls.filter((call) => call.startsWith('list '));
        expect(now).toHaveLength(12);
        listed.push(...now);
      }
      expect(new Set(listed).size).toBe(60);
    }
  });

  it('that nobody owns are told of by each sweep, though each list comes in its turn', async () => {
    const film = crew({
      github: { appId: '1', installations: Object.fromEntries(names.map((name) => [name, '1'])) },
      projects: Object.fromEntries(
        names.map((name) => [name, { repositories: [`${name}/x`], pools: ['gpu', 'xl'] }]),
      ),
    });
    const name = 'callsheet-test-odd #/é-1-1';
    film.github.runnersNow.set(name, { scope: 'group/org3/x', name, labels: [], id: '1', busy: true });
    for (let nth = 0; nth < 12; nth += 1) {
      film.later(minute);
      await sweep(film.ports);
      if (nth < 5) continue;
      expect(await foundOf(film)).toEqual([
        expect.objectContaining({ id: name, place: 'organization org3' }),
      ]);
      expect((await foundOf(film))?.[0]).not.toHaveProperty('until');
    }
    film.github.runnersNow.clear();
    for (let nth = 0; nth < 5; nth += 1) await sweep(film.ports);
    expect((await foundOf(film))?.[0]).toHaveProperty('until');
  });
});

describe('each decision', () => {
  it('is told in words, to leave something as it is, too', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    await film.pass();
    await film.claim('memory-gpu-1-0');
    film.cloud.plant('stranger');
    const told: Told[] = [];
    for (let nth = 0; nth < 2; nth += 1) {
      film.later(minute);
      told.length = 0;
      await sweep(film.ports, (one) => void told.push(one));
    }
    const mine = told.filter(({ what }) => what === 'machine' || what === 'registration');
    const record = 'its record is ready, heard of 2 minutes ago';
    expect(mine.map(({ what, id, decision, why }) => [what, id, decision, why])).toEqual([
      ['machine', 'memory-gpu-1-0', 'leave', record],
      ['machine', 'stranger', 'end', 'it names no launch of ours; seen so 60 s ago, too'],
      ['registration', 'callsheet-test-memory-gpu-1-0-1-1', 'leave', record],
    ]);
  });
});
