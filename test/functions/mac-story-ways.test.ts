// The ways in which a pool keeps its hosts, and what many jobs, broken Macs and jobs that end them come to.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isReleased, leastMs } from '../stand-ins/ec2/hosts.ts';
import { allHasEnded, allIsWell, jobsDone, stateOf, untilEvening } from './mac-story-end.ts';
import { hour, type MacFilm, macFilm, minute } from './mac-story-stage.ts';

vi.setConfig({ testTimeout: 60_000 });

let film: MacFilm;
afterEach(() => film.close());

const begun = (n: number) => () => film.hub.begun.length === n;
const runs = (n: number, within?: number) => film.until(`job ${n} runs`, begun(n), within);
const done = (id: string) =>
  film.until(`the end of job ${id}`, () => film.hub.job(id).status === 'completed', 4 * hour);
const ofEc2 = () => film.ec2.calls;

describe('a pool whose hosts serve one job each', () => {
  it('gives each job its own, and releases them all after their day', async () => {
    film = await macFilm({ pool: { maximum: 2 }, rung: { paidDay: 'one-job', reset: 'relaunch' } });
    film.queue('1');
    await done('1');
    film.queue('2');
    await runs(2, 20 * minute);
    expect(film.ec2.machines().map(({ host }) => host)).toEqual(film.ec2.hosts().map(({ id }) => id));
    await allIsWell(film, 2);
    expect(film.ec2.hosts()).toHaveLength(2);
  });
});

describe('a pool that keeps its hosts', () => {
  it('has its host the day after, clean, and lets go of it when it keeps them no more', async () => {
    film = await macFilm({ pool: { maximum: 1 }, rung: { afterwards: 'keep' } });
    film.queue('1');
    await done('1');
    await untilEvening(film);
    await film.play(2 * hour);
    expect(ofEc2().ReleaseHosts).toBe(0);
    expect(await film.shown()).toMatchObject([{ phase: 'idle', releaseAt: null }]);
    film.queue('2');
    await runs(2, 15 * minute);
    const rung = film.ports.config.pools.mac?.ladder[0];
    if (rung?.provider === 'mac') rung.afterwards = 'release';
    film.watch.wrongs.clear();
    await allIsWell(film);
    expect(ofEc2().AllocateHosts).toBe(1);
  });
});

describe('a project with two repositories, whose runners GitHub may give jobs of either', () => {
  it('never resets a disk', async () => {
    const repositories = ['film/color', 'film/paint'];
    film = await macFilm({ pool: { maximum: 1 }, color: { repositories } });
    film.queue('1');
    await done('1');
    film.queue('2', { repository: 'film/paint' });
    await runs(2);
    film.queue('3', { repository: 'film/paint' });
    await runs(3);
    expect(ofEc2().CreateReplaceRootVolumeTask).toBe(0);
    await allIsWell(film);
  });
});

describe('six jobs at once', () => {
  it('share two hosts: each runs once, one after the other, and all know why they wait', async () => {
    film = await macFilm({ pool: { maximum: 2 }, rung: { waitMinutes: 240 } });
    for (let id = 1; id <= 6; id += 1) film.queue(String(id), { minutes: 20 });
    await film.play(minute);
    const { jobs } = await stateOf(film);
    const codes = jobs.map(({ verdict }) => verdict?.code);
    expect(codes.filter((code) => code !== 'host-busy').length).toBeLessThanOrEqual(2);
    await allIsWell(film, 2);
    expect(film.ec2.machines().length).toBeLessThanOrEqual(2);
  });
});

describe('a Mac that does not come back from its reset', () => {
  it('is ended when it should have booted, and its host serves the next job', async () => {
    film = await macFilm({ pool: { maximum: 1 } });
    film.queue('1');
    await runs(1);
    for (const mac of film.macs.values()) mac.isDoomed = true;
    film.queue('2');
    await runs(2, 4 * hour);
    expect(film.macs.size).toBe(2);
    await allIsWell(film);
  });
});

describe('a job that shuts its Mac down', () => {
  it('fails, and its host cleans itself and serves the next one', async () => {
    film = await macFilm({ pool: { maximum: 1 } });
    film.queue('1', { minutes: 30 });
    await runs(1);
    film.ec2.end(film.ec2.machines()[0]?.id ?? '');
    film.queue('2');
    await runs(2, 2 * hour);
    expect(film.hub.job('1').conclusion).toBe('failure');
    await allHasEnded(film);
    expect(ofEc2()).toMatchObject({ AllocateHosts: 1, RunInstances: 2 });
    expect(film.ec2.hosts().every(isReleased)).toBe(true);
  });
});

describe('a job in a later turn of its machine', () => {
  it('has its full time, and no more', async () => {
    film = await macFilm({ pool: { maximum: 1 } });
    film.queue('1');
    await done('1');
    await film.play(25 * minute);
    film.queue('2', { root: true, minutes: Number.POSITIVE_INFINITY });
    await runs(2);
    const begunAt = film.ports.clock.now();
    expect(film.macs.size).toBe(1);
    await film.until('its end', () => film.ec2.machines()[0]?.endedAt !== undefined, 3 * hour);
    const ranMs = film.ports.clock.now() - begunAt;
    expect(ranMs).toBeGreaterThanOrEqual(hour);
    expect(ranMs).toBeLessThanOrEqual(hour + 15 * minute);
    await allHasEnded(film);
  });
});

describe('a host whose day ends in the middle of a job', () => {
  it('stays for that job and for one that waits already, and is released then', async () => {
    film = await macFilm({ pool: { maximum: 1 } });
    film.queue('1');
    await done('1');
    await untilEvening(film);
    film.queue('2', { minutes: 45 });
    film.queue('3', { minutes: 20 });
    await film.until('the end of all jobs', () => jobsDone(film), 5 * hour);
    expect(ofEc2().AllocateHosts).toBe(1);
    await allIsWell(film);
    const [host] = film.ec2.hosts();
    expect((host?.releasedAt ?? 0) - (host?.allocatedAt ?? 0)).toBeGreaterThan(leastMs + hour);
  });
});

describe('a Mac that is ready for the next job when the day of its host ends', () => {
  it('ends, since nobody waits: its host is released', async () => {
    film = await macFilm({ pool: { maximum: 1 }, rung: { stayMinutes: 60 } });
    film.queue('1');
    await done('1');
    await untilEvening(film);
    film.queue('2', { minutes: 6 });
    await done('2');
    await film.until('its reset', () => film.ec2.resets().at(-1)?.state === 'succeeded', 20 * minute);
    await allIsWell(film);
    const [host] = film.ec2.hosts();
    expect((host?.releasedAt ?? 0) - (host?.allocatedAt ?? 0)).toBeLessThan(leastMs + 90 * minute);
  });
});
