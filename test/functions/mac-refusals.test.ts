// Hosts that are refused, or refuse machines: what is there works on, and nobody waits for what is useless.
import { describe, expect, it } from 'vitest';
import { release } from '../../shared/operations/hosts/releasing.ts';
import { dispatch } from '../../shared/operations/pass.ts';
import type { Fault } from '../../shared/scheduler/ports.ts';
import { hour, type MacCrew, m1, macCrew, minute, zoneA, zoneB } from './mac-crew.ts';

const macs = { labels: ['mac'] };
const running = ({ macs: { machines } }: MacCrew): string[] =>
  [...machines.values()].map(({ hostId }) => hostId);

/** Two hosts, of which `h-a` is paid for longest; launches on it are refused with this fault. */
async function withUnfit(fault: Fault): Promise<{ film: MacCrew; tries: string[] }> {
  const film = macCrew({ maximum: 3, rung: { waitMinutes: 60 } });
  film.macs.plant('h-b', undefined, m1(zoneB));
  film.later(hour);
  film.macs.plant('h-a', undefined, m1(zoneA));
  await film.minutes(3);
  const { provider } = film.macs;
  const { launch } = provider;
  const tries: string[] = [];
  provider.launch = async (asked, again) => {
    const isBad = asked.request.includes('h-a');
    tries.push(isBad ? 'h-a' : 'h-b');
    return isBad ? { started: [], faults: [fault] } : launch(asked, again);
  };
  return { film, tries };
}

const noSubnet: Fault = { kind: 'invalid', why: 'no subnet', cheap: true, shelves: ['us-east-1/zone/x'] };

describe('a host that does not suit what the pool asks for', () => {
  it.each<[string, Fault, number]>([
    ['its zone has no subnet', noSubnet, 4],
    ['EC2 refuses the machine', { kind: 'invalid', why: 'not from this image' }, 6],
  ])('is left alone for an hour when %s, and another one is tried next', async (_, fault, minutes) => {
    const { film, tries } = await withUnfit(fault);
    await film.queue('1', 'film/color', macs);
    await film.settle();
    const refusedAt = film.ports.clock.now();
    expect(tries).toEqual(['h-a']);
    const unfit = (await film.hosts()).find(({ hostId }) => hostId === 'h-a');
    expect(unfit).toMatchObject({ restsUntil: refusedAt + hour, why: fault.why });
    await film.minutes(minutes);
    expect(tries).toEqual(['h-a', 'h-b']);
    expect(running(film)).toEqual(['h-b']);
    await film.minutes(50 - minutes);
    expect(tries.filter((id) => id === 'h-a')).toHaveLength(1);
  });

  it('is tried again where it is the only one: what is asked for may be what is wrong', async () => {
    const film = macCrew({ maximum: 3 });
    film.macs.plant('h-a', undefined, m1(zoneA));
    await film.minutes(3);
    const { provider } = film.macs;
    provider.launch = async () => ({ started: [], faults: [{ kind: 'invalid', why: 'no such image' }] });
    await film.queue('1', 'film/color', macs);
    await film.minutes(50);
    expect(film.macs.all.size).toBe(1);
    expect((await film.host()).restsUntil).toBeUndefined();
    expect((await film.store.open.read('mac')).pool.closedRungs[0]?.until).toBeGreaterThan(
      film.ports.clock.now(),
    );
  });

  it('gets no machine once its zone has left the configuration', async () => {
    const film = macCrew();
    film.macs.plant('h-a', undefined, m1(zoneA));
    await film.minutes(3);
    const { mac } = film.ports.config.pools;
    if (!mac) throw new Error('there is no pool of Macs');
    const ladder = mac.ladder.map((rung) => (rung.provider === 'mac' ? { ...rung, zones: [zoneB] } : rung));
    film.ports.config.pools = { mac: { ...mac, ladder } };
    await film.queue('1', 'film/color', macs);
    await film.settle();
    const got = (await film.hosts()).find(({ id }) => id !== 'mac-1');
    expect(got).toMatchObject({ phase: 'held', offering: m1(zoneB) });
    expect(running(film)).toEqual([got?.hostId]);
  });
});

describe('a host that is refused', () => {
  it.each<[string, Fault[]]>([
    ['for want of a right', [{ kind: 'invalid', why: 'UnauthorizedOperation' }]],
    ['for what nobody asks for', [{ kind: 'capacity', why: 'none', shelves: ['moon/spot'] }]],
    ['without a word', []],
  ])('%s is asked for elsewhere, and told to those who wait', async (_, faults) => {
    const film = macCrew();
    const asked: string[] = [];
    film.macs.hosts.allocate = async ({ offering }) => {
      asked.push(offering);
      return { faults };
    };
    await film.queue('1', 'film/color', macs);
    await film.settle();
    expect(asked).toHaveLength(4);
    expect(new Set(asked).size).toBe(4);
    expect((await film.job('1', 'mac')).verdict).toMatchObject({
      code: 'no-rung',
      why: expect.stringContaining(faults[0]?.why ?? 'the cloud gave no host'),
    });
  });

  it('is no reason for those that are there to stand still', async () => {
    const film = macCrew({ rung: { waitMinutes: 0, reset: 'relaunch' } });
    film.macs.trouble.scrubMs = 3 * minute;
    await film.serve('1');
    film.macs.hosts.allocate = async () => ({ faults: [{ kind: 'invalid', why: 'UnauthorizedOperation' }] });
    await film.queue('2', 'film/volume', macs);
    await film.settle();
    const { id } = await film.mac();
    expect((await film.job('2', 'mac')).verdict?.code).toBe('host-busy');
    await film.gone(id);
    await film.minutes(5);
    expect(running(film)).toEqual(['h-mac-1']);
  });
});

describe('a host that never takes a machine', () => {
  it('goes when its day is over though a job waits, and another one serves it', async () => {
    const film = macCrew({ maximum: 1 });
    film.macs.plant('h-a', undefined, m1(zoneA));
    await film.minutes(3);
    const host = film.macs.all.get('h-a');
    if (host) host.takesFrom = Number.POSITIVE_INFINITY;
    for (let passed = 0; passed < 24; passed += 1) {
      // GitHub fails a job that waits for a day.
      if (passed === 12) await film.tell('1', { status: 'completed', conclusion: 'cancelled' });
      if (passed % 12 === 0) await film.queue(String(1 + passed / 12), 'film/color', macs);
      film.later(59 * minute);
      await film.minutes(1);
    }
    expect(host?.releasedAt).toBeDefined();
    await film.settle();
    expect(running(film)).toHaveLength(1);
    expect(running(film)).not.toContain('h-a');
  });

  it('is not waited for in its paid day, where there is room for another one', async () => {
    const film = macCrew({ maximum: 2, rung: { waitMinutes: 24 * 60 } });
    film.macs.plant('h-a', undefined, m1(zoneA));
    await film.minutes(3);
    const host = film.macs.all.get('h-a');
    if (host) host.takesFrom = Number.POSITIVE_INFINITY;
    await film.queue('1', 'film/color', macs);
    await film.minutes(60);
    expect(film.macs.all.size).toBe(1);
    await film.minutes(8);
    expect(film.macs.all.size).toBe(2);
    expect(running(film)).toHaveLength(1);
  });
});

describe('a host for one job', () => {
  it('takes no other when all that told of its job has moved to history', async () => {
    const film = macCrew({ maximum: 1, rung: { paidDay: 'one-job' } });
    await film.queue('1', 'film/color', macs);
    await film.settle();
    await film.asks();
    // Its runner is busy by its own word; GitHub never says with what.
    await film.says('progress', { busy: true });
    await film.tell('1', { status: 'completed', conclusion: 'cancelled' });
    const { id } = await film.mac();
    await film.says('finished', { exitCode: 0 });
    await film.settle();
    await film.gone(id);
    for (let passed = 0; passed < 20; passed += 1) {
      film.later(9 * minute);
      await film.minutes(1);
    }
    expect(await film.builders()).toEqual([]);
    await film.queue('2', 'film/color', macs);
    await film.settle();
    expect(running(film)).toEqual([]);
    expect((await film.job('2', 'mac')).verdict?.code).toBe('no-room');
  });
});

describe('two passes at once', () => {
  it('release a host once', async () => {
    const film = macCrew();
    film.macs.plant('h-a', undefined, m1(zoneA));
    await film.minutes(3);
    const state = await film.store.open.read('mac');
    const gone = { ...(await film.host()), phase: 'gone' as const };
    let calls = 0;
    film.macs.hosts.release = async () => {
      calls += 1;
      return { released: true };
    };
    expect(await release(film.ports, state, gone)).toBe(false);
    expect(calls).toBe(0);
  });

  it('get one host for a job, also when one reads while the other starts a machine', async () => {
    const film = macCrew({ maximum: 4, rung: { waitMinutes: 0 } });
    for (const zone of [zoneA, zoneB]) film.macs.plant(`h-${zone}`, undefined, m1(zone));
    await film.minutes(3);
    const { provider } = film.macs;
    const { launch } = provider;
    provider.launch = async (asked, again) => {
      provider.launch = launch;
      await dispatch(film.ports, 'mac', [film.ports.clock.now()]);
      return launch(asked, again);
    };
    for (const id of ['1', '2', '3']) await film.queue(id, 'film/color', macs);
    await film.settle();
    expect(film.macs.all.size).toBe(3);
    expect(running(film)).toHaveLength(3);
  });
});
