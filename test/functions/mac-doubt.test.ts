// Macs in a cloud that does not answer, lacks things, or comes too early; and passes that die anywhere.
import { describe, expect, it } from 'vitest';
import { instanceOf } from '../operations/macs.ts';
import { evening, hour, type MacCrew, m1, macCrew, minute, zoneA, zoneB } from './mac-crew.ts';

const macs = { labels: ['mac'] };

async function queued(film: MacCrew): Promise<MacCrew> {
  await film.queue('1', 'film/color', macs);
  await film.settle();
  return film;
}

const running = ({ macs: { machines } }: MacCrew): string[] =>
  [...machines.values()].map(({ hostId }) => hostId);

describe('a host that cannot be had', () => {
  it('in one zone is asked for in the next, and nobody asks the first for a while', async () => {
    const film = macCrew();
    film.macs.trouble.lacks.set(m1(zoneA), 'capacity');
    await queued(film);
    expect((await film.hosts()).map(({ phase, offering }) => [phase, offering])).toEqual([
      ['gone', m1(zoneA)],
      ['held', m1(zoneB)],
    ]);
    expect(running(film)).toHaveLength(1);
    const { open } = await film.money();
    expect(open).toBe(15.925);
  });

  it('for want of a quota is asked for as another family; the admin is told', async () => {
    const film = macCrew();
    film.macs.trouble.lacks.set('mac2', 'quota');
    await queued(film);
    expect((await film.hosts()).map(({ phase }) => phase)).toEqual(['gone', 'held']);
    expect((await film.hosts())[1]?.offering).toContain('mac2-m2.metal');
    const said = film.lines.find(({ unit, level }) => unit === 'host' && level === 'error');
    expect(said).toMatchObject({ outcome: 'quota', why: 'your quota of mac2 hosts is 0' });
  });

  it('anywhere is told to those who wait, with what the cloud says, and asked for again', async () => {
    const film = macCrew();
    for (const family of ['mac2', 'mac2-m2']) film.macs.trouble.lacks.set(family, 'quota');
    await queued(film);
    const { verdict } = await film.job('1', 'mac');
    expect(verdict).toMatchObject({
      code: 'no-rung',
      why: expect.stringContaining('quota of mac2-m2 hosts is 0'),
    });
    expect((await film.money()).open).toBe(0);
    film.macs.trouble.lacks.clear();
    await film.minutes(5);
    expect(running(film)).toHaveLength(1);
  });

  it('is no reason to leave a host alone that is there', async () => {
    const film = macCrew({ maximum: 2 });
    film.macs.trouble.scrubMs = 5 * minute;
    await film.serve('1');
    await film.minutes(13);
    for (const family of ['mac2', 'mac2-m2']) film.macs.trouble.lacks.set(family, 'quota');
    await film.queue('2', 'film/volume', macs);
    await film.queue('3', 'film/volume', macs);
    await film.minutes(10);
    expect(running(film)).toEqual(['h-mac-1']);
  });
});

describe('an answer that is lost', () => {
  it('to an allocation is found by asking again: there is one host', async () => {
    const film = macCrew();
    film.macs.trouble.lost.add('allocate');
    await queued(film);
    expect(await film.host()).toMatchObject({ phase: 'asked' });
    film.macs.trouble.lost.clear();
    await film.minutes(1);
    expect(film.macs.all.size).toBe(1);
    expect(running(film)).toEqual(['h-mac-1']);
  });

  it('to all allocations is found by the reaper', async () => {
    const film = macCrew();
    film.macs.trouble.lost.add('allocate');
    await queued(film);
    await film.minutes(3);
    expect(await film.host()).toMatchObject({ phase: 'held', hostId: 'h-mac-1' });
    expect(running(film)).toEqual(['h-mac-1']);
  });

  it('to an allocation that never happened is waited for; then another is asked for', async () => {
    const film = macCrew({ maximum: 1 });
    film.macs.trouble.dead.add('allocate');
    await queued(film);
    await film.minutes(8);
    film.macs.trouble.dead.clear();
    await film.minutes(2);
    expect(await film.host()).toMatchObject({ phase: 'gone', why: 'the cloud never answered' });
    expect(running(film)).toHaveLength(1);
    expect((await film.money()).open).toBe(2 * 15.925);
    await film.minutes(10);
    expect((await film.money()).open).toBe(15.925);
  });

  it('to a launch is found by asking again: there is one machine', async () => {
    const film = macCrew();
    film.macs.trouble.lost.add('launch');
    await queued(film);
    expect(await film.builders()).toEqual([]);
    film.macs.trouble.lost.clear();
    await film.minutes(1);
    expect(await film.mac()).toMatchObject({ host: 'mac-1', offering: m1(zoneA), usdPerHour: 0 });
  });

  it('to all launches is found by the reaper, which knows its host', async () => {
    const film = macCrew();
    film.macs.trouble.lost.add('launch');
    await queued(film);
    await film.minutes(2);
    expect(await film.mac()).toMatchObject({ host: 'mac-1', usdPerHour: 0, offering: m1(zoneA) });
    expect(running(film)).toHaveLength(1);
  });

  it.each(['reset', 'resets', 'mark'])('to `%s` costs minutes, not the machine', async (call) => {
    const film = macCrew();
    film.macs.trouble.lost.add(call);
    await film.serve('1');
    await film.minutes(14);
    film.macs.trouble.lost.clear();
    await film.minutes(call === 'reset' ? 2 : 1);
    expect(film.macs.tasks.size).toBe(1);
    expect(await film.mac()).toMatchObject({ turn: 2, phase: 'booting' });
    expect(film.macs.machines.get(instanceOf('mac-2'))?.epoch).toBeDefined();
  });

  it('to a release shows in the next list', async () => {
    const film = await evening(macCrew());
    film.macs.trouble.lost.add('release');
    await film.minutes(39);
    expect((await film.host()).phase).toBe('gone');
  });

  it('to a release that did not happen is asked for again', async () => {
    const film = await evening(macCrew());
    film.macs.trouble.dead.add('release');
    await film.minutes(40);
    expect((await film.host()).phase).toBe('releasing');
    film.macs.trouble.dead.clear();
    await film.minutes(1);
    expect((await film.host()).phase).toBe('gone');
  });
});

describe('a host that is shown as available too early', () => {
  it('is left alone for 5, then 10 minutes; the rung is not closed', async () => {
    const film = macCrew({ maximum: 1 });
    film.macs.trouble.earlyMs = 12 * minute;
    await queued(film);
    const { restsUntil, why } = await film.host();
    expect(restsUntil).toBe(film.ports.clock.now() + 5 * minute);
    expect(why).toContain('takes no machine now');
    await film.minutes(6);
    expect(await film.host()).toMatchObject({ rests: 2 });
    expect((await film.store.open.read('mac')).pool.closedRungs[0]?.until ?? 0).toBe(0);
    await film.minutes(10);
    expect(running(film)).toEqual(['h-mac-1']);
    expect(await film.host()).toMatchObject({ rests: 0 });
    expect((await film.host()).restsUntil).toBeUndefined();
  });
});

describe('a reset that goes wrong', () => {
  it('by the cloud’s word ends the machine', async () => {
    const film = macCrew();
    film.macs.trouble.resetFails = true;
    await film.serve('1');
    await film.minutes(13);
    expect(film.macs.machines.size).toBe(0);
    expect((await film.builders())[0]).toMatchObject({ turn: 1, why: 'its disk could not be replaced' });
  });

  it('or takes more than half an hour ends the machine, and a late success is none', async () => {
    const film = macCrew();
    film.macs.trouble.resetMs = 31 * minute;
    await film.serve('1');
    await film.settle();
    await film.minutes(30);
    expect(film.macs.machines.size).toBe(1);
    await film.minutes(2);
    expect(film.macs.machines.size).toBe(0);
    expect((await film.builders())[0]).toMatchObject({ turn: 1, why: 'its reset took too long' });
  });
});

describe('a host that is not let go of', () => {
  it('is held until the time that the cloud says', async () => {
    const film = await evening(macCrew());
    const host = film.macs.all.get('h-mac-1');
    // The cloud's clock has begun later than it said.
    if (host) film.macs.all.set('h-mac-1', { ...host, allocatedAt: host.allocatedAt + 7 * minute });
    const { list } = film.macs.hosts;
    const { allocatedAt = 0 } = await film.host();
    film.macs.hosts.list = async () => (await list()).map((one) => ({ ...one, allocatedAt }));
    await film.minutes(40);
    expect(await film.host()).toMatchObject({
      phase: 'held',
      notBefore: allocatedAt + 24 * hour + 7 * minute,
    });
    await film.minutes(10);
    expect((await film.host()).phase).toBe('gone');
  });

  it('for another reason is asked for again and again, the second time as an error', async () => {
    const film = await evening(macCrew());
    film.macs.trouble.refusal = 'it is occupied';
    await film.minutes(46);
    const said = film.lines.filter(({ outcome }) => outcome === 'not released');
    expect(said.slice(0, 2).map(({ level }) => level)).toEqual([undefined, 'error']);
    film.macs.trouble.refusal = undefined;
    await film.minutes(1);
    expect((await film.host()).phase).toBe('gone');
    expect(await film.money()).toMatchObject({ open: 0 });
  });
});
