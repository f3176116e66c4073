// Jobs that wait for a Mac, and what becomes of the machine after them.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { noHosts } from '../stand-ins/ec2/trouble.ts';
import { allHasEnded, allIsWell, stateOf } from './mac-story-end.ts';
import { hour, type MacChanges, type MacFilm, macFilm, minute, zones } from './mac-story-stage.ts';

vi.setConfig({ testTimeout: 60_000 });

let film: MacFilm;
afterEach(() => film.close());

const volume = { repository: 'film/volume' };
const begun = (n: number) => () => film.hub.begun.length === n;
const runs = (n: number, within?: number) => film.until(`job ${n} runs`, begun(n), within);
const now = (): number => film.ports.clock.now();

/** A pool with one host at most, unless `changes` say otherwise. */
async function begin(changes: MacChanges = {}): Promise<void> {
  film = await macFilm({ ...changes, pool: { maximum: 1, ...changes.pool } });
}

describe('a host that is shown as available too early', () => {
  it('takes the job later; while it rests, another one that is there is taken', async () => {
    await begin({ pool: { maximum: 2 }, rung: { waitMinutes: 0 } });
    film.ec2.hostTimes.earlyMs = 12 * minute;
    film.watch.patienceMs.beside = 6 * minute;
    film.queue('1');
    await runs(1, hour);
    expect(film.ec2.calls.RunInstances).toBeGreaterThan(1);
    await allIsWell(film, 2);
  });

  it('is asked after 5, 10 and 20 minutes where there is no other', async () => {
    await begin();
    film.ec2.hostTimes.earlyMs = 31 * minute;
    film.watch.patienceMs.beside = 5 * minute;
    film.queue('1');
    await runs(1, hour);
    expect(film.ec2.calls.RunInstances).toBe(4);
    await allIsWell(film);
  });
});

describe('hosts that cannot be had', () => {
  it('in one zone, or for want of a quota, are got in another zone, or as another family', async () => {
    await begin({ pool: { maximum: 2 }, rung: { waitMinutes: 0 } });
    film.ec2.trouble.noHosts = ({ zone }) => (zone === zones[0] ? noHosts : undefined);
    film.ec2.trouble.hostQuotas = { mac2: 1 };
    film.queue('1', { minutes: 30 });
    film.queue('2', { minutes: 30, ...volume });
    await runs(2, hour);
    expect(film.ec2.hosts().map(({ zone, type }) => [zone, type])).toEqual([
      [zones[1], 'mac2.metal'],
      [zones[1], 'mac2-m2.metal'],
    ]);
    await allIsWell(film, 2);
  });

  it('anywhere hold the job, which is told why, until there is one', async () => {
    await begin();
    film.ec2.trouble.hostQuotas = { mac2: 0, 'mac2-m2': 0 };
    film.queue('1');
    await film.play(10 * minute);
    const [job] = (await stateOf(film)).jobs;
    expect(job?.verdict).toMatchObject({ code: 'no-rung', why: expect.stringContaining('L-5D8DADF5') });
    // People outside are told that it is a quota, not whose.
    expect(film.github.sent[0]?.check.summary).toContain("a quota of the cloud's account is used up");
    expect(film.ec2.calls.AllocateHosts).toBeLessThanOrEqual(10);
    film.ec2.trouble.hostQuotas = undefined;
    await runs(1, hour);
    await allIsWell(film);
  });
});

describe('the disk of a machine', () => {
  it('that an untrusted job has touched is nobody else’s', async () => {
    await begin({ pool: { trustedOnly: false }, rung: { reset: 'relaunch' } });
    film.queue('1', { fork: true });
    await runs(1);
    film.queue('2');
    await runs(2);
    expect(film.ec2.calls.CreateReplaceRootVolumeTask).toBe(0);
    await allIsWell(film);
  });

  it('that cannot be replaced ends with its machine', async () => {
    await begin();
    film.ec2.trouble.resetFails = () => true;
    film.queue('1');
    await runs(1);
    film.queue('2');
    await runs(2);
    expect([...film.macs.values()].map(({ machine }) => machine.tags['callsheet:epoch'])).toEqual([
      undefined,
      undefined,
    ]);
    await allIsWell(film);
  });

  it('is not replaced when the job has ended the agent: the machine ends within two minutes', async () => {
    await begin();
    film.queue('1', { root: true });
    await film.until('the end of the job', () => film.hub.job('1').status === 'completed');
    const doneAt = now();
    await film.until('the end of its machine', () => film.ec2.machines()[0]?.endedAt !== undefined);
    expect(now() - doneAt).toBeLessThanOrEqual(2.5 * minute);
    expect(film.ec2.calls.CreateReplaceRootVolumeTask).toBe(0);
    await allIsWell(film);
  });
});

describe('a job that is cancelled while its machine boots', () => {
  it('leaves a machine that nobody has used, and that any job may have', async () => {
    await begin();
    film.queue('1');
    await film.play(2 * minute);
    film.cancel('1');
    await film.play(10 * minute);
    film.queue('2', volume);
    await runs(1, 2 * minute);
    expect(film.macs.size).toBe(1);
    await allHasEnded(film);
    expect(film.ec2.hosts()).toHaveLength(1);
  });
});

describe('a job that runs for longer than its limit', () => {
  it('is ended with its machine, at the limit and not before', async () => {
    await begin();
    film.queue('1', { root: true, minutes: Number.POSITIVE_INFINITY });
    await runs(1);
    const begunAt = now();
    await film.until('the end of its machine', () => film.ec2.machines()[0]?.endedAt !== undefined, 3 * hour);
    expect(now() - begunAt).toBeGreaterThanOrEqual(hour);
    expect(now() - begunAt).toBeLessThanOrEqual(hour + 15 * minute);
    await allHasEnded(film);
  });
});
