// What facts do to the records of hosts and of the machines on them, and what a host costs.
import { describe, expect, it } from 'vitest';
import type { HostSighting } from '../../../shared/scheduler/host-ports.ts';
import type { Host } from '../../../shared/scheduler/host-records.ts';
import {
  beginReset,
  billedMs,
  endHost,
  hostCost,
  nextTurn,
  observeHost,
  restedHost,
  restHost,
} from '../../../shared/scheduler/hosts/observe.ts';
import { judgeHost } from '../../../shared/scheduler/orphans.ts';
import {
  doubtfulJobs,
  expired,
  hasWork,
  judgeMissingHost,
  type MissingDecision,
} from '../../../shared/scheduler/reconcile.ts';
import { rungsToClose } from '../../../shared/scheduler/rungs.ts';
import { ago, limits, minute, now, second, stateOf, waits } from '../scene.ts';
import { doneMac, freeMac, host, hour, mac } from './host-scene.ts';

const shows = (more: Partial<HostSighting> = {}): HostSighting => ({
  hostId: 'h-10',
  id: 'gpu-10',
  state: 'available',
  allocatedAt: ago(2 * hour),
  instances: [],
  offering: 'us-east-1/on-demand/mac2.metal/us-east-1b',
  usdPerHour: 0.7,
  ...more,
});

describe('what the cloud shows of a host', () => {
  it('is written down with the time', () => {
    const seen = observeHost(host(10, { missingAt: ago(minute) }), shows({ instances: ['i-1'] }), now);
    expect(seen).toMatchObject({
      state: 'available',
      stateSince: ago(hour),
      seenAt: now,
      instances: ['i-1'],
    });
    expect(seen?.missingAt).toBeUndefined();
  });

  it('is no new price where the price is not known any more', () => {
    expect(observeHost(host(10), shows({ usdPerHour: 0 }), now)).toMatchObject({ usdPerHour: 0.65 });
  });

  it('begins a new time with a new state', () => {
    const seen = observeHost(host(10), shows({ state: 'pending' }), now);
    expect(seen).toMatchObject({ state: 'pending', stateSince: now, unbilledMs: 0 });
  });

  it('answers what was asked', () => {
    const lost = host(10, { phase: 'asked', hostId: undefined, allocatedAt: undefined, state: undefined });
    const seen = observeHost(lost, shows(), now);
    expect(seen).toMatchObject({
      phase: 'held',
      hostId: 'h-10',
      allocatedAt: ago(2 * hour),
      usdPerHour: 0.7,
    });
  });

  it('is no news of a host that is gone, or of another one', () => {
    expect(observeHost(host(10, { phase: 'gone' }), shows(), now)).toBeUndefined();
    expect(observeHost(host(10), shows({ hostId: 'h-11' }), now)).toBeUndefined();
  });

  it('ends it when it is released, with words if that was not our doing', () => {
    const released = shows({ state: 'released' });
    expect(observeHost(host(10), released, now)).toMatchObject({ phase: 'gone', endedAt: now });
    expect(observeHost(host(10), released, now)?.why).toBe('its cloud has released it');
    expect(observeHost(host(10, { phase: 'releasing' }), released, now)?.why).toBeUndefined();
  });
});

describe('what a host costs', () => {
  const cleaning = host(10, { state: 'pending', stateSince: ago(40 * minute), seenAt: ago(minute) });

  it('is its time since it was allocated', () => {
    expect(billedMs(host(10), now)).toBe(2 * hour);
    expect(hostCost(host(10), now)).toBe(1_300_000);
    expect(billedMs(host(10, { endedAt: ago(hour) }), now)).toBe(hour);
  });

  it('is nothing while it cleans itself, from the first to the last sighting', () => {
    expect(billedMs(cleaning, now)).toBe(2 * hour - 39 * minute);
    const clean = observeHost(cleaning, shows(), now);
    expect(clean?.unbilledMs).toBe(39 * minute);
    expect(clean && billedMs(clean, now)).toBe(2 * hour - 39 * minute);
  });

  it('counts that once, however often it is seen', () => {
    const later = observeHost(cleaning, shows({ state: 'pending' }), now);
    expect(later).toMatchObject({ unbilledMs: 0, stateSince: ago(40 * minute), seenAt: now });
    const clean = later && observeHost(later, shows(), now + minute);
    const again = clean && observeHost(clean, shows(), now + 2 * minute);
    expect([clean?.unbilledMs, again?.unbilledMs]).toEqual([40 * minute, 40 * minute]);
  });

  it('is nothing where none was got', () => {
    const never = endHost(host(10, { phase: 'asked', allocatedAt: undefined }), 'no quota', now);
    expect(never).toMatchObject({ phase: 'gone', endedAt: now, why: 'no quota' });
    expect(hostCost(never, now)).toBe(0);
  });
});

describe('a host that refuses a machine', () => {
  it('rests 5, 10, 20 and then 30 minutes, until it takes one', () => {
    let current: Host = host(10);
    const rests = [5, 10, 20, 30, 30].map(() => {
      current = restHost(current, 'InsufficientCapacityOnHost', now, limits);
      return ((current.restsUntil ?? 0) - now) / minute;
    });
    expect(rests).toEqual([5, 10, 20, 30, 30]);
    expect(restedHost(current)).toMatchObject({ rests: 0, restsUntil: undefined, why: undefined });
    expect(restedHost(host(10))).toBeUndefined();
  });
});

describe('the next turn of a machine', () => {
  it('has nothing left of the one before but what it is and whom it is bound to', () => {
    const done = doneMac('m1', 10, 'color', {
      ...{ count: 2, keyHash: 'k', runnerId: '7', run: 'run-j0', job: 'j0', log: 'log', why: 'why' },
      ...{ project: 'color', offering: 'o', address: '192.0.2.1', retiringAt: now, deletedAt: now },
    });
    const next = nextTurn(beginReset(done, 'film/color', ago(minute)), now);
    const { machine: _, ...fresh } = mac('m1', 10, { launchedAt: done.launchedAt, machine: undefined });
    expect(JSON.parse(JSON.stringify(next))).toEqual({
      ...fresh,
      ...{ turn: 2, turnAt: now, bound: 'film/color' },
      ...{ project: 'color', offering: 'o', address: '192.0.2.1' },
    });
  });
});

describe('a host without a record', () => {
  const known = host(10);
  const longGone = host(10, { phase: 'gone', endedAt: ago(limits.stragglersMs + 1) });
  it.each<[string, Partial<HostSighting>, Host | undefined, 'leave' | 'adopt']>([
    ['is adopted', {}, undefined, 'adopt'],
    [
      'is left for a minute: its record may follow',
      { allocatedAt: ago(limits.adoptAfterMs) },
      undefined,
      'leave',
    ],
    ['is left when it is released', { state: 'released' }, undefined, 'leave'],
    ['is none when there is one', {}, known, 'leave'],
    [
      'is shown for a while after its end',
      {},
      { ...known, phase: 'gone', endedAt: ago(limits.stragglersMs) },
      'leave',
    ],
    ['but not for long', {}, longGone, 'adopt'],
    ['is left to itself when it is protected', { protected: true }, undefined, 'leave'],
    ['but ours stays ours', { protected: true }, known, 'leave'],
    ['may have come after all', {}, { ...known, phase: 'gone', hostId: undefined, endedAt: now }, 'adopt'],
  ])('%s', (_, more, record, decision) => {
    expect(judgeHost({ sighting: shows(more), host: record }, now, limits).decision).toBe(decision);
  });
});

describe('a host that a list lacks', () => {
  it.each<[string, Partial<Host>, MissingDecision]>([
    ['is remembered', {}, 'remember'],
    ['is looked at a minute later', { missingAt: ago(minute) }, 'look'],
    ['but not sooner', { missingAt: ago(40 * second) }, 'nothing'],
    ['is remembered anew after a while', { missingAt: ago(limits.sightingFadesMs + 1) }, 'remember'],
    ['is remembered anew when the clock was wrong', { missingAt: now + hour }, 'remember'],
    ['is not missed when it is new', { askedAt: ago(minute), allocatedAt: ago(minute) }, 'nothing'],
    ['is not missed when it never came', { phase: 'asked', hostId: undefined }, 'nothing'],
    ['is not missed when it is gone', { phase: 'gone' }, 'nothing'],
  ])('%s', (_, more, says) => {
    expect(judgeMissingHost(host(10, more), now, limits).decision).toBe(says);
  });
});

describe('the record of a host', () => {
  it('is work until it is gone', () => {
    expect(hasWork(stateOf({ hosts: [host(10)] }))).toBe(true);
    expect(hasWork(stateOf({ hosts: [host(10, { phase: 'gone' })] }))).toBe(false);
  });

  it('moves to history an hour after its end, when its money is settled', () => {
    const gone = host(10, { phase: 'gone', endedAt: ago(hour + 1), settledAt: now });
    const leaves = (more: Partial<Host>) => expired(stateOf({ hosts: [{ ...gone, ...more }] }), now, limits);
    expect(leaves({})).toHaveLength(1);
    expect(leaves({ endedAt: ago(hour) })).toEqual([]);
    expect(leaves({ settledAt: undefined })).toEqual([]);
    expect(leaves({ settledAt: undefined, reserved: {} })).toHaveLength(1);
    expect(leaves({ phase: 'held' })).toEqual([]);
  });
});

describe('machines on hosts', () => {
  it('leave jobs of their scope in doubt when their runner has ended without a name', () => {
    const jobs = [waits('j1', 'color')];
    const builders = [doneMac('m1', 10, 'color', { finishedAt: now })];
    expect(doubtfulJobs(stateOf({ jobs, builders }), now, 3 * minute, 10)).toEqual(jobs);
  });

  it('close a rung that never ask, but not in a later turn: they have asked before', () => {
    const lost = (turn: number) =>
      [1, 2, 3, 4, 5].map((n) =>
        freeMac(`m${n}`, n, 'film/color', { turn, phase: 'gone', askedAt: undefined }),
      );
    expect(rungsToClose(stateOf({ builders: lost(1) }), 1, now, limits)).toHaveLength(1);
    expect(rungsToClose(stateOf({ builders: lost(2) }), 1, now, limits)).toEqual([]);
  });
});
