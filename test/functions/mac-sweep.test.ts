// The reaper and hosts: it writes down what it sees, forgets none that costs money, and ends nothing on a
// doubt.
import { describe, expect, it } from 'vitest';
import { instanceOf } from '../operations/macs.ts';
import { evening, hour, type MacCrew, m1, macCrew, minute, zoneA, zoneB } from './mac-crew.ts';

const macs = { labels: ['mac'] };
const machinesOf = ({ macs: { machines } }: MacCrew): string[] =>
  [...machines.values()].map((one) => one.hostId);

describe('what the cloud shows', () => {
  it('is written down: cleaning is unpaid from its first sighting to its last', async () => {
    const film = macCrew();
    film.macs.trouble.scrubMs = 10 * minute;
    await film.queue('1', 'film/color', macs);
    await film.settle();
    await film.minutes(1);
    expect((await film.host()).instances).toEqual([instanceOf('mac-2')]);
    await film.macs.provider.stop([instanceOf('mac-2')]);
    await film.gone(instanceOf('mac-2'));
    await film.tell('1', { status: 'completed', conclusion: 'cancelled' });
    await film.minutes(5);
    expect(await film.host()).toMatchObject({ state: 'pending', instances: [] });
    await film.minutes(10);
    expect(await film.host()).toMatchObject({ state: 'available', unbilledMs: 8 * minute });
  });

  it('in half, or not at all, changes nothing; the report names it, and the rest goes on', async () => {
    const film = await evening(macCrew());
    film.macs.trouble.dead.add('hosts');
    const before = await film.host();
    await film.queue('2', 'film/color', macs);
    film.later(minute);
    await expect(film.sweep()).rejects.toThrow('new: hosts: hosts: no answer');
    expect(await film.host()).toEqual(before);
    await film.settle();
    expect(machinesOf(film)).toEqual(['h-mac-1']);
  });

  it('to a sweep that takes long is older than what another has seen meanwhile', async () => {
    const film = macCrew();
    await film.queue('1', 'film/color', macs);
    film.macs.trouble.dead.add('launch');
    await film.settle();
    film.macs.trouble.dead.clear();
    const { list } = film.macs.hosts;
    film.macs.hosts.list = async () => {
      const seen = await list();
      film.macs.hosts.list = list;
      film.later(20_000);
      await film.settle();
      await film.sweep();
      return seen;
    };
    await expect(film.sweep()).rejects.toThrow('another sweep has saved its own meanwhile');
    expect(await film.host()).toMatchObject({ instances: [instanceOf('mac-2')] });
  });
});

describe('a host on record that the cloud does not show', () => {
  it('is gone after two lists without it and a look at that one id', async () => {
    const film = await evening(macCrew());
    film.macs.trouble.unlisted.add('h-mac-1');
    await film.minutes(5);
    expect(await film.host()).toMatchObject({ phase: 'held' });
    film.macs.all.delete('h-mac-1');
    await film.minutes(2);
    expect(await film.host()).toMatchObject({ phase: 'gone', why: 'the cloud does not know it any more' });
    expect(await film.money()).toMatchObject({ open: 0 });
    expect(film.lines).toContainEqual(expect.objectContaining({ level: 'error', outcome: 'vanished' }));
  });
});

describe('a host that nobody has on record', () => {
  const found = { phase: 'held', hostId: 'h-0', state: 'available' };

  it('is its tag’s when it is not quite new: it is paid, used, and released in time', async () => {
    const film = macCrew({ maximum: 1 });
    film.macs.plant('h-0', 'mac-7', m1(zoneB));
    await film.minutes(1);
    expect(await film.hosts()).toEqual([]);
    await film.minutes(1);
    expect(await film.hosts()).toEqual([
      expect.objectContaining({ ...found, id: 'mac-7', offering: m1(zoneB) }),
    ]);
    expect((await film.money()).open).toBe(15.925);
    await film.serve('1');
    expect(film.macs.machines.get(instanceOf('mac-8'))?.hostId).toBe('h-0');
    film.later(22 * hour);
    await film.minutes(4 * 60);
    expect(film.macs.all.get('h-0')?.releasedAt).toBeDefined();
    expect(film.macs.all.size).toBe(1);
  });

  it('and has no tag that can be read gets the next number of a pool that asks for such Macs', async () => {
    const film = macCrew({ maximum: 1 });
    film.macs.plant('h-0', undefined, m1(zoneA));
    film.macs.plant('h-1', 'mac-007', m1(zoneA));
    await film.minutes(4);
    expect((await film.hosts()).map(({ id, hostId }) => [id, hostId])).toEqual([
      ['mac-1', 'h-0'],
      ['mac-2', 'h-1'],
    ]);
    film.later(24 * hour);
    await film.minutes(2);
    expect([...film.macs.all.values()].every(({ releasedAt }) => releasedAt !== undefined)).toBe(true);
  });

  it('stays known as the one that it became', async () => {
    const film = macCrew();
    film.macs.plant('h-0', undefined, m1(zoneA));
    await film.minutes(10);
    expect(await film.hosts()).toHaveLength(1);
    expect((await film.money()).open).toBe(15.925);
  });

  it('of a pool that left the configuration is released when its day is over, and not before', async () => {
    const film = await evening(macCrew());
    const { mac } = film.ports.config.pools;
    if (!mac) throw new Error('no pool');
    film.ports.config.pools = { gpu: { ...mac, labels: ['gpu'], ladder: [{ provider: 'local' }] } };
    await film.minutes(36);
    expect((await film.host()).phase).toBe('held');
    await film.minutes(2);
    expect((await film.host()).phase).toBe('gone');
    await film.minutes(1);
    expect(await film.money()).toMatchObject({ open: 0 });
  });

  it('of a pool that nobody knows any more is released when its day is over', async () => {
    const film = macCrew();
    film.macs.plant('h-0', 'old-3', m1(zoneA));
    await film.minutes(2);
    expect((await film.store.open.read('old')).hosts).toMatchObject([{ ...found, id: 'old-3' }]);
    film.later(24 * hour);
    await film.sweep();
    expect(film.rings).toContain('old');
    await film.pass('old');
    expect(film.macs.all.get('h-0')?.releasedAt).toBeDefined();
  });

  it('was given up and comes after all: the record lives again', async () => {
    const film = macCrew({ maximum: 1 });
    film.macs.trouble.lost.add('allocate');
    film.macs.trouble.unlisted.add('h-mac-1');
    await film.queue('1', 'film/color', macs);
    await film.settle();
    await film.tell('1', { status: 'completed', conclusion: 'cancelled' });
    await film.minutes(10);
    expect(await film.host()).toMatchObject({ phase: 'gone' });
    film.macs.trouble.unlisted.clear();
    await film.minutes(1);
    expect(await film.host()).toMatchObject({ phase: 'held', hostId: 'h-mac-1', project: 'color' });
    expect((await film.host()).endedAt).toBeUndefined();
    expect((await film.money()).open).toBeGreaterThanOrEqual(15.925);
    film.later(24 * hour - 10 * minute);
    await film.minutes(1);
    expect((await film.host()).phase).toBe('gone');
    const { open, settled } = await film.money();
    expect([open, Math.round(settled * 100)]).toEqual([0, Math.round(film.macs.billed() * 100)]);
  });

  it('is left while a record cannot be read: that may be its owner', async () => {
    const film = macCrew();
    film.macs.plant('h-0', 'mac-7', m1(zoneA));
    film.store.poison('mac', '0#host#mac-000000000003');
    film.later(10 * minute);
    await expect(film.sweep()).rejects.toThrow('cannot be read');
    expect(await film.hosts()).toEqual([]);
  });
});

describe('an event of a Mac', () => {
  it('reaches its pool: the machine is gone, and the bell rings', async () => {
    const film = macCrew();
    await film.queue('1', 'film/color', macs);
    await film.settle();
    await film.gone(instanceOf('mac-2'));
    expect((await film.builders())[0]).toMatchObject({ phase: 'gone', why: 'its instance is shutting-down' });
    expect(film.rings).toEqual(['mac']);
  });
});
