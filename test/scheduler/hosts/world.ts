// A toy world for the keeper: hosts, machines and jobs, and what they do from minute to minute. No table.
import type { Host, HostState } from '../../../shared/scheduler/host-records.ts';
import { observeHost } from '../../../shared/scheduler/hosts/observe.ts';
import type { Builder, Job, PoolState } from '../../../shared/scheduler/records.ts';
import { minute, stateOf, waits } from '../scene.ts';
import { trusted, untrusted } from './host-scene.ts';

/** A host as it is in truth. */
export interface Real {
  allocatedAt: number;
  machine?: string;
  /** When its machine is off; when it is shown as available again, and when it takes machines. */
  offAt: number;
  shownAt: number;
  acceptsAt: number;
  failed: boolean;
  released: boolean;
  /** Whose jobs have left something on the hardware since it was cleaned. */
  traces: Set<string>;
}

/** What goes wrong, and how long things take. Chances are from 0 to 1. */
export interface Faults {
  /** From 0 to below 1. */
  chance(): number;
  scrubMs(): number;
  resetMs(): number;
  /** A host is shown as available too early; a reset fails; a host fails in an hour; there is no host. */
  early: number;
  badReset: number;
  badHost: number;
  noHost: number;
}

export interface Order {
  /** Minutes after the beginning. */
  at: number;
  id: string;
  project: string;
  minutes: number;
  isTrusted?: boolean;
}

export interface World {
  state: PoolState;
  now: number;
  faults: Faults;
  real: Map<string, Real>;
  resets: Map<string, { at: number; fails: boolean }>;
  /** By job: how long it takes. */
  lasts: Map<string, number>;
  log: string[];
  machines: number;
}

const bootMs = 9 * minute;
const backMs = 2 * minute;
export const stopMs = 10 * minute;

export const newWorld = (began: number, faults: Faults): World => ({
  ...{ state: stateOf({}), now: began, faults, log: [], machines: 0 },
  ...{ real: new Map(), resets: new Map(), lasts: new Map() },
});

export function say({ log, now }: World, line: string): void {
  log.push(`${new Date(now).toISOString().slice(8, 16).replace('T', ' ')} ${line}`);
}

/** Throws with the last things that happened when a rule is broken. */
export function must({ log, now }: World, holds: boolean, rule: string): void {
  if (holds) return;
  throw new Error([...log.slice(-20), `${new Date(now).toISOString()}: ${rule}`].join('\n'));
}

export function put<T extends { id: string }>(list: T[], item: T): void {
  const at = list.findIndex(({ id }) => id === item.id);
  if (at < 0) list.push(item);
  else list[at] = item;
}

export function realOf({ real }: World, id = ''): Real {
  const found = real.get(id);
  if (!found) throw new Error(`there is no host '${id}'`);
  return found;
}

export function arrive(
  { state, now, lasts }: World,
  { id, project, minutes, isTrusted = true }: Order,
): void {
  state.jobs.push(waits(id, project, { queuedAt: now, heardAt: now }));
  state.runs.push(isTrusted ? trusted(id, project) : untrusted(id, project));
  lasts.set(id, minutes * minute);
}

/** What the cloud shows of each host is written down. */
export function sweep(world: World): void {
  const { state, now, faults } = world;
  for (const host of state.hosts) {
    if (host.phase === 'gone') continue;
    const one = realOf(world, host.id);
    one.failed ||= faults.chance() < faults.badHost / 60;
    const { offering, usdPerHour, id, hostId = '' } = host;
    const instances = one.machine !== undefined && now < one.offAt ? [one.machine] : [];
    const { allocatedAt } = one;
    const shown = { hostId, id, state: stateOfReal(one, now), allocatedAt, instances, offering, usdPerHour };
    put(state.hosts, observeHost(host, shown, now) ?? host);
  }
}

function stateOfReal({ failed, released, offAt, shownAt }: Real, now: number): HostState {
  if (released) return 'released';
  if (failed) return 'permanent-failure';
  return now >= offAt && now < shownAt ? 'pending' : 'available';
}

/** Machines boot, claim, work and end. */
export function work(world: World): void {
  const { state, now } = world;
  for (const builder of [...state.builders]) {
    switch (builder.phase) {
      case 'booting':
        claim(world, builder);
        break;
      case 'ready':
        finish(world, builder);
        break;
      case 'stopping':
        if (now >= realOf(world, builder.host).offAt)
          put(state.builders, { ...builder, phase: 'gone', endedAt: now });
        break;
      case 'claimed':
      case 'resetting':
      case 'retiring':
      case 'gone':
        break;
    }
  }
}

function claim(world: World, builder: Builder): void {
  const { state, now } = world;
  const bootedAt = builder.turnAt === undefined ? builder.launchedAt + bootMs : builder.turnAt + backMs;
  if (now < bootedAt) return;
  const asks: Builder = { ...builder, askedAt: builder.askedAt ?? now, heardAt: now };
  put(state.builders, asks);
  const job = state.jobs.find(({ phase, scope }) => phase === 'waiting' && scope === builder.scope);
  if (builder.scope === undefined || !job) return;
  const runner = `r-${builder.id}-${builder.turn}`;
  put(state.builders, {
    ...{ ...asks, phase: 'ready', count: 1, runner },
    ...{ claimedAt: now, readyAt: now, startedAt: now },
  });
  put(state.jobs, { ...job, phase: 'running', runner, startedAt: now });
  leaveTraces(world, builder, job);
  say(world, `${job.id} starts on ${builder.id}, turn ${builder.turn}`);
}

/** The rule of rules: nobody gets hardware that another repository's, or an untrusted, job has touched. */
function leaveTraces(world: World, builder: Builder, job: Job): void {
  const isTrusted = world.state.runs.some(({ id, trust }) => id === job.runId && trust === 'trusted');
  const { traces } = realOf(world, builder.host);
  const mine = isTrusted ? job.repository : `untrusted ${job.id}`;
  const others = [...traces].filter((trace) => trace !== mine);
  must(world, others.length === 0, `${job.id} gets what ${others} has touched`);
  traces.add(mine);
}

/** The job that runs on the machine. */
const jobOn = ({ state }: World, { runner }: Builder): Job | undefined =>
  state.jobs.find((job) => job.runner === runner);

/** Has its job taken its time? */
export function isDone(world: World, builder: Builder): boolean {
  const job = jobOn(world, builder);
  return job !== undefined && world.now >= (job.startedAt ?? 0) + (world.lasts.get(job.id) ?? 0);
}

function finish(world: World, builder: Builder): void {
  const { state, now } = world;
  const job = jobOn(world, builder);
  if (!job || !isDone(world, builder)) {
    put(state.builders, { ...builder, heardAt: now });
    return;
  }
  put(state.jobs, { ...job, phase: 'done', endedAt: now, outcome: 'success' });
  put(state.builders, { ...builder, phase: 'resetting', finishedAt: now });
  say(world, `${job.id} ends`);
}

/** Is the host empty, and would it take a machine? */
export const takesMachine = (world: World, { id, phase, state }: Host): boolean => {
  const { failed, released, acceptsAt } = realOf(world, id);
  return phase === 'held' && state === 'available' && !failed && !released && world.now >= acceptsAt;
};
