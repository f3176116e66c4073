// What a plan does to the simulated month. Everything is answered at once, and nothing fails.
import type { Host } from '../scheduler/host-records.ts';
import type { HostOffer, HostPlan } from '../scheduler/hosts/keeping.ts';
import { beginReset, nextTurn } from '../scheduler/hosts/observe.ts';
import type { Plan } from '../scheduler/plan.ts';
import type { Builder, Deal } from '../scheduler/records.ts';
import type { Ending } from '../scheduler/supply.ts';
import { isHeld, isReleasable, takes } from './cloud.ts';
import { ask, claimSoon, ended, see } from './happenings.ts';
import { day } from './units.ts';
import { poolName, stored, type World } from './world.ts';

/** One change, at the world's present time. */
export type Act = () => void;

/** What the plan does; nothing where it only waits. */
export function actsOf(world: World, { hosts, ...plan }: Plan): Act[] {
  const { launch, assign } = plan;
  const { launchOn, allocate: wanted } = hosts;
  return [
    ...hosts.extend.map((money) => () => reserve(world, money)),
    ...hosts.served.map((host) => () => world.records.hosts.set(host.id, host)),
    ...assign.map(
      ({ builder, deal }) =>
        () =>
          assigned(world, builder, deal),
    ),
    ...endings(plan).map(
      ({ builder }) =>
        () =>
          stop(world, builder),
    ),
    ...hosts.reset.map((wipe) => () => reset(world, wipe)),
    ...hosts.resetting
      .filter(({ id }) => world.wiped.has(id))
      .map((builder) => () => beginTurn(world, builder)),
    ...(launch && launchOn
      ? [() => reserve(world, launchOn), () => start(world, launch, launchOn.host)]
      : []),
    ...(wanted ? [() => allocate(world, wanted)] : []),
    ...hosts.release.map((host) => () => release(world, host)),
  ];
}

/** Stops that are no repetition. A builder that is retired ends at once: it has no job. */
const endings = ({ stop, retire }: Pick<Plan, 'stop' | 'retire'>): Ending[] =>
  [...stop, ...retire].filter(({ builder }) => builder.phase !== 'stopping');

/** Money is no object here, but the record says for how long it is set aside. */
function reserve(world: World, { host: { id }, reservedUntil }: HostPlan['extend'][number]): void {
  const record = world.records.hosts.get(id);
  if (record && record.reservedUntil < reservedUntil)
    world.records.hosts.set(id, { ...record, reservedUntil });
}

function assigned(world: World, { id }: Builder, deal: Deal | undefined): void {
  const builder = world.records.builders.get(id);
  if (builder?.phase !== 'booting') return;
  const { scope, job, project } = deal ?? {};
  world.records.builders.set(id, { ...builder, scope, job, project: builder.project ?? project });
  if (world.asking.has(id)) claimSoon(world, id);
}

function stop(world: World, { id, host = '' }: Builder): void {
  const builder = world.records.builders.get(id);
  const held = world.cloud.get(host);
  if (!builder || !held || builder.phase === 'stopping' || builder.phase === 'gone') return;
  world.speaking.delete(id);
  world.asking.delete(id);
  world.records.builders.set(id, { ...builder, phase: 'stopping', stoppingAt: world.now });
  world.agenda.at(world.now + takes.stop, () => ended(world, builder, held));
}

function reset(world: World, { builder: { id }, bound, reservedUntil }: HostPlan['reset'][number]): void {
  const builder = world.records.builders.get(id);
  if (builder?.phase !== 'resetting') return;
  const host = world.records.hosts.get(builder.host ?? '');
  if (host) reserve(world, { host, reservedUntil });
  world.records.builders.set(id, beginReset(builder, bound, world.now));
  world.speaking.delete(id);
  const takesMs = takes.reset(world.luck('reset', builder.job ?? id));
  world.agenda.at(world.now + takesMs, () => world.wiped.add(id));
}

function beginTurn(world: World, { id }: Builder): void {
  const builder = world.records.builders.get(id);
  world.wiped.delete(id);
  if (builder?.phase !== 'resetting') return;
  world.records.builders.set(id, nextTurn(builder, world.now));
  world.agenda.at(world.now + takes.start, () => ask(world, id));
}

function start(world: World, launch: NonNullable<Plan['launch']>, { id: host }: Host): void {
  const [deal] = launch.deal;
  const held = world.cloud.get(host);
  const record = world.records.hosts.get(host);
  if (!deal || !held || !record) return;
  const { now, records } = world;
  const machine = `i-${launch.id}`;
  number(world, launch.id);
  held.machine = machine;
  records.launches.set(launch.id, {
    kind: 'launch',
    ...stored(launch.id),
    phase: 'answered',
    provider: 'mac',
    rung: launch.rung,
    n: 1,
    request: '',
    deal: launch.deal,
    askedAt: now,
    answeredAt: now,
    started: [machine],
    host,
  });
  records.builders.set(machine, {
    kind: 'builder',
    ...stored(machine),
    phase: 'booting',
    provider: 'mac',
    rung: launch.rung,
    launch: launch.id,
    launchedAt: now,
    turn: 1,
    count: 0,
    usdPerHour: 0,
    offering: record.offering,
    host,
    ...deal,
  });
  see(world, held);
  world.agenda.at(now + takes.boot(world.luck('boot', deal.job)), () => ask(world, machine));
}

function allocate(world: World, wanted: NonNullable<HostPlan['allocate']>): void {
  const { id, offer, job, reservedUntil } = wanted;
  number(world, id);
  own(world, id, offer, { job: job.id, project: job.project, reservedUntil });
}

/** A host is there from now on. */
export function own(
  world: World,
  id: string,
  { offering, usdPerHour }: HostOffer,
  why: Pick<Host, 'job' | 'project' | 'reservedUntil'>,
): void {
  const { now } = world;
  const hostId = `h-${id}`;
  world.cloud.set(id, { hostId, id, offering, usdPerHour, allocatedAt: now, cleanedMs: 0 });
  world.records.hosts.set(id, {
    kind: 'host',
    ...stored(id),
    phase: 'held',
    rung: 0,
    offering,
    usdPerHour,
    askedAt: now,
    hostId,
    allocatedAt: now,
    state: 'available',
    stateSince: now,
    seenAt: now,
    instances: [],
    unbilledMs: 0,
    served: [],
    earlier: { jobs: 0, ms: 0 },
    reserved: {},
    ...why,
  });
}

/** The cloud keeps a host that is not empty, or younger than a day, and says when it may go. */
function release(world: World, { id }: Host): void {
  const [record, host] = [world.records.hosts.get(id), world.cloud.get(id)];
  if (!record || !host || !isHeld(host)) return;
  const { now } = world;
  if (isReleasable(host, now)) {
    host.releasedAt = now;
    world.records.hosts.set(id, { ...record, phase: 'gone', endedAt: now, settledAt: now });
  } else {
    world.refused += 1;
    world.records.hosts.set(id, { ...record, notBefore: host.allocatedAt + day });
  }
}

const number = (world: World, id: string): void => {
  world.lastNumber = Math.max(world.lastNumber, Number(id.slice(poolName.length + 1)));
};
