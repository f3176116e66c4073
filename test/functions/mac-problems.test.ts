// What the alarm hears of hosts: problems of sweeps, which begin in time, say what to do, and end.
import { describe, expect, it } from 'vitest';
import { hostProblems } from '../../shared/operations/sweep/host-problems.ts';
import { instanceOf } from '../operations/macs.ts';
import { evening, hour, type MacCrew, m1, macCrew, minute, zoneA } from './mac-crew.ts';

const macs = { labels: ['mac'] };

/** What each of the next sweeps says beyond that it is done; all rings are answered after each. */
async function heard(film: MacCrew, minutes: number): Promise<string[]> {
  const said: string[] = [];
  for (let passed = 0; passed < minutes; passed += 1) {
    film.later(minute);
    said.push(await film.sweep().then(() => '', String));
    await film.settle();
    await film.pass('old');
  }
  return said;
}

/** The minutes, counted from 1, in which sweeps have said this. */
const minutesOf = (said: readonly string[], words: RegExp): number[] =>
  said.flatMap((all, index) => (words.test(all) ? [index + 1] : []));

const all = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** To the minute at which the host's paid day is over. */
async function dayOver(film: MacCrew): Promise<void> {
  const { allocatedAt = 0 } = await film.host();
  film.later(allocatedAt + 24 * hour - film.ports.clock.now());
}

describe('a host that is past its paid day and empty', () => {
  const overdue = /host mac-1 \(h-mac-1\): its paid day is over since 12:00 UTC and it is empty/;

  it('is a problem from ten minutes on, with what EC2 says and what it costs, until it goes', async () => {
    const film = await evening(macCrew());
    await dayOver(film);
    film.macs.trouble.refusal = 'EC2 does not like to';
    const said = await heard(film, 70);
    expect(minutesOf(said, overdue)).toEqual(all(11, 70));
    expect(said.at(-1)).toContain('not released, and costs 15.60 USD a day: EC2 does not like to');
    film.macs.trouble.refusal = '';
    expect(minutesOf(await heard(film, 3), overdue)).toEqual([1]);
    expect((await film.host()).phase).toBe('gone');
  });

  it('is one too where the cloud gives no answer when it is to be released', async () => {
    const film = await evening(macCrew());
    await dayOver(film);
    film.macs.trouble.dead.add('release');
    expect(minutesOf(await heard(film, 14), overdue)).toEqual(all(11, 14));
  });

  it('is one when its pool has left the configuration, too, and its money is written down', async () => {
    const film = macCrew();
    film.macs.plant('h-0', 'old-3', m1(zoneA));
    await heard(film, 2);
    film.later(24 * hour - 2 * minute);
    film.macs.trouble.refusal = 'EC2 does not like to';
    const said = await heard(film, 50);
    expect(minutesOf(said, /host old-3 \(h-0\): its paid day is over/)).toEqual(all(11, 50));
    expect((await film.money()).open).toBeGreaterThan(0.65 * 24.8);
  });

  it('is none while it is kept, or cleans itself', async () => {
    const kept = await evening(macCrew({ rung: { afterwards: 'keep' } }));
    await dayOver(kept);
    expect((await heard(kept, 90)).join('')).toBe('');
    const film = await evening(macCrew());
    await film.queue('2', 'film/color', macs);
    await film.settle();
    film.macs.trouble.scrubMs = 4 * hour;
    await film.macs.provider.stop([instanceOf('mac-3')]);
    await film.gone(instanceOf('mac-3'));
    await film.tell('2', { status: 'completed', conclusion: 'cancelled' });
    expect((await heard(film, 3 * 60)).join('')).toBe('');
    expect(await film.host()).toMatchObject({ phase: 'held', state: 'pending' });
  });

  it('is none while jobs go on, when the last of them is done, and when it has cleaned itself', async () => {
    const film = await evening(macCrew());
    await film.queue('2', 'film/color', macs);
    await film.settle();
    await film.begin('2');
    expect((await heard(film, 58)).join('')).toBe('');
    await film.queue('3', 'film/color', macs);
    await film.end('2');
    expect((await heard(film, 14)).join('')).toBe('');
    await film.begin('3');
    expect((await heard(film, 58)).join('')).toBe('');
    await film.end('3');
    expect((await heard(film, 55)).join('')).toBe('');
    expect((await film.host()).phase).toBe('gone');
  });

  it('is none just after its machine is gone, though it was not seen to clean itself', async () => {
    const film = await evening(macCrew());
    film.macs.trouble.scrubMs = 0;
    await film.queue('2', 'film/volume', macs);
    await film.settle();
    await film.begin('2');
    expect((await heard(film, 55)).join('')).toBe('');
    await film.end('2');
    await film.settle();
    await film.gone(instanceOf('mac-3'));
    expect((await heard(film, 2)).join('')).toBe('');
    expect((await film.host()).phase).toBe('gone');
  });

  it('is none while it is asked to take a machine, for most of an hour; then it goes', async () => {
    const film = await evening(macCrew({ maximum: 1 }));
    await dayOver(film);
    film.later(-minute);
    const host = film.macs.all.get('h-mac-1');
    if (host) host.takesFrom = film.ports.clock.now() + 100 * hour;
    await film.queue('2', 'film/color', macs);
    await film.settle();
    const told = minutesOf(await heard(film, 90), overdue);
    expect(told[0]).toBeGreaterThan(45);
    expect(told.at(-1)).toBeLessThan(66);
    expect((await film.host()).phase).toBe('gone');
  });

  it('and has a machine on it that nobody has on record is one after an hour', async () => {
    const film = await evening(macCrew());
    await dayOver(film);
    const machine = { id: 'i-stray', launch: '', hostId: 'h-mac-1', startedAt: film.ports.clock.now() };
    film.macs.machines.set('i-stray', { ...machine, wiped: 0 });
    film.macs.provider.list = async () => [];
    const said = await heard(film, 64);
    expect(minutesOf(said, /host mac-1 .*i-stray is on it, which is not on record/)).toEqual(all(61, 64));
  });
});

describe('a host that has failed', () => {
  it('is a problem for an hour, and one again when it is not released in time', async () => {
    const film = await evening(macCrew());
    const host = film.macs.all.get('h-mac-1');
    if (host) host.state = 'permanent-failure';
    film.macs.trouble.refusal = 'EC2 does not like to';
    const failed = /host mac-1 \(h-mac-1\): permanent failure, by EC2's word; .* over, at 12:00 UTC/;
    const said = await heard(film, 36);
    expect(minutesOf(said, failed)).toEqual(all(1, 36));
    await heard(film, 25);
    expect(minutesOf(await heard(film, 10), /permanent failure/)).toEqual([]);
    expect(minutesOf(await heard(film, 5), /its paid day is over/)).toEqual(all(1, 5));
  });
});

describe('a quota of hosts', () => {
  const quota = /quota of hosts us-east-1 mac2: job 1 of pool mac waits for a Mac, quota: your quota of mac2/;

  it('that is 0 is a problem for an hour when a job has waited for as long as it may', async () => {
    const film = macCrew({ rung: { families: ['mac2'], waitMinutes: 20 } });
    film.macs.trouble.lacks.set('mac2', 'quota');
    await film.queue('1', 'film/color', macs);
    await film.queue('2', 'film/volume', macs);
    await film.settle();
    const said = await heard(film, 100);
    expect(minutesOf(said, quota)).toEqual(all(21, 80));
    expect(minutesOf(said, /met 1 problems/)).toEqual(all(21, 80));
  });

  it('that is used up is one while a job waits for a host that is busy', async () => {
    const film = macCrew({ rung: { families: ['mac2'], waitMinutes: 20 } });
    await film.queue('0', 'film/color', macs);
    await film.settle();
    await film.begin('0');
    film.macs.trouble.lacks.set('mac2', 'quota');
    await film.queue('1', 'film/volume', macs);
    await film.settle();
    expect((await heard(film, 20)).join('')).toBe('');
    expect(minutesOf(await heard(film, 5), quota)).toEqual(all(1, 5));
    await film.tell('1', { status: 'completed', conclusion: 'cancelled' });
    expect((await heard(film, 5)).join('')).toBe('');
  });

  it('is one problem for all pools, and none of jobs that wait for something else', async () => {
    const both = { repositories: ['film/color'], pools: ['mac', 'lab'], maxUsdPerDay: 1000 };
    const one = { ...both, repositories: ['film/volume'], concurrency: 1 };
    const film = macCrew({
      ...{ lab: true, rung: { families: ['mac2'], waitMinutes: 20 } },
      projects: { color: both, volume: one },
    });
    await film.queue('0', 'film/volume', macs);
    await film.settle();
    await film.begin('0');
    film.macs.trouble.lacks.set('mac2', 'quota');
    await film.queue('1', 'film/volume', macs);
    await film.settle();
    expect((await film.job('1', 'mac')).verdict?.code).toBe('concurrency');
    await heard(film, 10);
    await film.queue('2', 'film/color', macs);
    await film.queue('3', 'film/color', { labels: ['lab'] });
    await film.settle();
    await film.pass('lab');
    expect((await heard(film, 19)).join('')).toBe('');
    const said = await heard(film, 5);
    expect(minutesOf(said, /met 1 problems: \w+: quota of hosts us-east-1 mac2: job [23] /)).toEqual(
      all(2, 5),
    );
  });

  it('is none by what EC2 has said long ago', async () => {
    const film = macCrew({ rung: { families: ['mac2'], waitMinutes: 20 } });
    film.macs.trouble.lacks.set('mac2', 'quota');
    await film.queue('1', 'film/color', macs);
    await film.settle();
    const now = film.ports.clock.now() + 30 * minute;
    const states = [await film.store.open.read('mac')];
    const problems = (age: number) => {
      const mark = { until: now - age * minute, why: 'quota: it is 0' };
      return hostProblems(film.ports, states, { 'us-east-1/on-demand/quota/mac2': mark }, now);
    };
    expect(problems(2)).toHaveLength(1);
    expect(problems(4)).toEqual([]);
  });

  it('is none when it is raised, where others give Macs, and where zones are empty', async () => {
    const film = macCrew({ rung: { families: ['mac2'], waitMinutes: 20 } });
    film.macs.trouble.lacks.set('mac2', 'quota');
    await film.queue('1', 'film/color', macs);
    await film.settle();
    expect(minutesOf(await heard(film, 25), quota)).toEqual(all(21, 25));
    film.macs.trouble.lacks.clear();
    expect((await heard(film, 5)).slice(3).join('')).toBe('');
    const other = macCrew({ rung: { waitMinutes: 20 } });
    other.macs.trouble.lacks.set('mac2', 'quota');
    await other.queue('1', 'film/color', macs);
    await other.settle();
    expect((await heard(other, 30)).join('')).toBe('');
    const empty = macCrew({ rung: { families: ['mac2'], waitMinutes: 20 } });
    for (const zone of ['us-east-1a', 'us-east-1b']) empty.macs.trouble.lacks.set(m1(zone), 'capacity');
    await empty.queue('1', 'film/color', macs);
    await empty.settle();
    expect((await heard(empty, 30)).join('')).toBe('');
  });
});

describe('a host in a region that has left the configuration', () => {
  it('is a problem until the region is there again: nobody sees or releases it', async () => {
    const film = await evening(macCrew());
    const { aws } = film.ports.config;
    film.ports.config.aws = aws && { ...aws, regions: {} };
    const words =
      /host mac-1 \(h-mac-1\): it costs 15.60 USD a day in us-east-1, which is not in aws.regions/;
    expect(minutesOf(await heard(film, 5), words)).toEqual(all(1, 5));
    film.ports.config.aws = aws;
    expect((await heard(film, 5)).join('')).toBe('');
  });
});
