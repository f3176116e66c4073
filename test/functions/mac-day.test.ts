// The day of a host through the real handlers: allocated, used, reset, cleaned, used by others, released.
import { describe, expect, it } from 'vitest';
import { instanceOf } from '../operations/macs.ts';
import { evening, hour, type MacCrew, m1, macCrew, minute, zoneA } from './mac-crew.ts';

const macs = { labels: ['mac'] };

/** The agent asks for hours, as often as it is told to. */
async function waits(film: MacCrew, minutes: number): Promise<void> {
  for (let passed = 0; passed < minutes; passed += 1) {
    await film.minutes(1);
    if ((await film.builders()).some(({ phase }) => phase === 'booting')) await film.asks();
  }
}

describe('the first job', () => {
  it('has a host allocated, and a machine started on it, in the pass that it rings', async () => {
    const film = macCrew();
    await film.queue('1', 'film/color', macs);
    await film.settle();
    const host = { phase: 'held', hostId: 'h-mac-1', offering: m1(zoneA), project: 'color', job: '1' };
    expect(await film.hosts()).toEqual([expect.objectContaining(host)]);
    const place = { host: 'mac-1', offering: m1(zoneA), usdPerHour: 0, launch: 'mac-2', job: '1' };
    expect(await film.mac()).toMatchObject({ id: instanceOf('mac-2'), phase: 'booting', ...place });
    expect((await film.store.open.read('mac')).launches).toMatchObject([{ id: 'mac-2', host: 'mac-1' }]);
  });

  it('is told about windows, and has its full time however long the machine has waited', async () => {
    const film = macCrew();
    await film.queue('1', 'film/color', macs);
    await film.settle();
    await film.tell('1', { status: 'completed', conclusion: 'cancelled' });
    await waits(film, 50);
    await film.queue('2', 'film/color', macs);
    await film.settle();
    const { body } = await film.asks();
    const seconds = film.ports.clock.now() / 1000 + 65 * 60;
    expect(body).toMatchObject({ work: { env: { CALLSHEET_WINDOW_SERVER: 'false' }, deadline: seconds } });
  });
});

describe('a machine whose trusted job is done', () => {
  it('is reset at once, gets its epoch, and serves the next job of that repository', async () => {
    const film = macCrew();
    await film.serve('1');
    expect(await film.mac()).toMatchObject({ phase: 'resetting' });
    await film.settle();
    expect(film.macs.tasks.size).toBe(1);
    await film.minutes(13);
    const id = instanceOf('mac-2');
    expect(await film.mac()).toMatchObject({ id, phase: 'booting', turn: 2, bound: 'film/color', count: 0 });
    expect(film.macs.machines.get(id)?.epoch).toMatch(/^[0-9a-f]{64}$/);
    await film.serve('2');
    expect(await film.mac()).toMatchObject({ runner: `callsheet-test-${id}-2-1`, turn: 2 });
    expect((await film.hosts()).length).toBe(1);
  });

  it('waits for a while, and then its host cleans itself, unpaid', async () => {
    const film = macCrew({ rung: { stayMinutes: 30 } });
    await film.serve('1');
    await film.minutes(13);
    await waits(film, 28);
    expect(film.macs.machines.size).toBe(1);
    await waits(film, 4);
    expect(film.macs.machines.size).toBe(0);
    await film.minutes(55);
    const host = await film.host();
    expect(host).toMatchObject({ phase: 'held', state: 'available' });
    expect(host.unbilledMs / minute).toBeGreaterThan(45);
    expect(host.unbilledMs / minute).toBeLessThanOrEqual(50);
  });

  it('ends at once when another repository waits for its host, which then gets it clean', async () => {
    const film = macCrew({ maximum: 1 });
    await film.serve('1');
    await film.minutes(13);
    await film.queue('2', 'film/volume', macs);
    await film.settle();
    expect(film.macs.machines.size).toBe(0);
    expect((await film.job('2', 'mac')).verdict).toMatchObject({ state: 'waiting' });
    await film.minutes(55);
    expect(await film.mac()).toMatchObject({ turn: 1, host: 'mac-1', job: '2' });
    expect((await film.mac()).bound).toBeUndefined();
    await film.begin('2');
    expect(await film.end('2')).toMatchObject({ body: { next: 'wait' } });
  });

  it('says `finished` as often as it likes', async () => {
    const film = macCrew();
    await film.serve('1');
    const before = await film.mac();
    expect(await film.says('finished', { exitCode: 0 })).toMatchObject({ body: { next: 'wait' } });
    expect(await film.mac()).toEqual(before);
    await film.settle();
    expect(await film.says('finished', { exitCode: 0 })).toMatchObject({ body: { next: 'wait' } });
    expect(film.macs.tasks.size).toBe(1);
  });
});

describe('an untrusted job', () => {
  it('ends the machine: its host cleans itself before anybody else gets it', async () => {
    const film = macCrew({
      ...{ trustedOnly: false, maximum: 1, rung: { reset: 'relaunch' } },
      projects: {
        color: { repositories: ['film/color'], pools: ['mac'], maxUsdPerDay: 1000, forks: 'github-approved' },
      },
    });
    await film.serve('1', { fork: true });
    await film.settle();
    expect(film.macs.tasks.size).toBe(0);
    expect(film.macs.machines.size).toBe(0);
    expect((await film.builders())[0]).toMatchObject({ phase: 'stopping' });
  });
});

describe('a host', () => {
  it('is released to the minute when it is empty and its day is over, and is settled', async () => {
    const film = await evening(macCrew());
    const { allocatedAt = 0 } = await film.host();
    film.later(allocatedAt + 24 * hour - minute - film.ports.clock.now());
    await film.minutes(1);
    expect((await film.host()).phase).toBe('held');
    await film.minutes(1);
    expect(await film.host()).toMatchObject({ phase: 'gone', settledAt: film.ports.clock.now() });
    expect(film.macs.all.get('h-mac-1')?.releasedAt).toBe(film.ports.clock.now());
    const { open, settled } = await film.money();
    expect(open).toBe(0);
    expect(settled).toBeGreaterThanOrEqual(film.macs.billed());
    // Scrubbing is free from one sighting to another.
    expect(settled - film.macs.billed()).toBeLessThan(0.65 / 20);
  });

  it('serves a job that waits when its day is over, once that is paid for', async () => {
    const film = await evening(macCrew());
    await film.queue('2', 'film/volume', macs);
    await film.settle();
    const { reservedUntil } = await film.host();
    expect(reservedUntil).toBeGreaterThan(film.ports.clock.now() + 110 * minute);
    expect((await film.host()).reserved['2026-11-22']).toBeGreaterThan(0);
    await film.minutes(20);
    await film.begin('2');
    await film.minutes(60);
    expect(film.macs.all.size).toBe(1);
    expect(await film.host()).toMatchObject({ phase: 'held' });
  });

  it('is in history an hour after its end, with what it has cost', async () => {
    const film = await evening(macCrew());
    await film.minutes(3 * 60);
    expect(await film.hosts()).toEqual([]);
    const [host] = await film.store.history.recent('host', 10);
    expect(host).toMatchObject({ id: 'mac-1', phase: 'gone', served: [{ job: '1' }] });
  });
});
