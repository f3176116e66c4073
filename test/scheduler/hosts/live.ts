// Runs the planner in the toy world, and holds it to the rules that its keeper promises.
import type { Host } from '../../../shared/scheduler/host-records.ts';
import type { HostPlan, Keeping } from '../../../shared/scheduler/hosts/keeping.ts';
import {
  beginReset,
  endHost,
  nextTurn,
  restedHost,
  restHost,
} from '../../../shared/scheduler/hosts/observe.ts';
import { releasableAt } from '../../../shared/scheduler/hosts/release.ts';
import { type Plan, plan } from '../../../shared/scheduler/plan.ts';
import { expired } from '../../../shared/scheduler/reconcile.ts';
import type { Builder } from '../../../shared/scheduler/records.ts';
import type { Ending } from '../../../shared/scheduler/supply.ts';
import { limits, minute, openPolicy } from '../scene.ts';
import { host as hostRecord, keeps } from './host-scene.ts';
import {
  arrive,
  type Faults,
  isDone,
  must,
  newWorld,
  type Order,
  put,
  realOf,
  say,
  stopMs,
  sweep,
  takesMachine,
  type World,
  work,
} from './world.ts';

/** Runs the planner over the orders, for so many minutes in steps of some. Answers what has happened. */
export function live(
  orders: readonly Order[],
  minutes: number,
  keeping: Partial<Keeping>,
  faults: Faults,
  step = 1,
): World {
  const began = Date.UTC(2026, 10, 1);
  const world = newWorld(began, faults);
  const due = Map.groupBy(orders, ({ at }) => at);
  const idleSince = new Map<string, number>();
  for (let n = 0; n < minutes; n += step) {
    world.now = began + n * minute;
    for (const order of due.get(n) ?? []) arrive(world, order);
    if (isQuiet(world)) continue;
    work(world);
    sweep(world);
    pass(world, keeps(keeping));
    checkIdle(world, idleSince);
    forget(world);
  }
  return world;
}

/** Nothing happens now: jobs run on, and hosts stand idle in their paid day, if there are any. */
function isQuiet(world: World): boolean {
  const { state, now } = world;
  const busy = state.builders.filter((builder) => builder.phase === 'ready' && !isDone(world, builder));
  const hosts = new Set(busy.map(({ host }) => host));
  return (
    state.jobs.every(({ phase }) => phase !== 'waiting') &&
    state.builders.every((builder) => builder.phase === 'gone' || busy.includes(builder)) &&
    state.hosts.every(
      (host) =>
        host.phase === 'gone' ||
        hosts.has(host.id) ||
        (host.state === 'available' && now < releasableAt(host, limits)),
    )
  );
}

/** Plans and acts until nothing more is to be done at once. */
function pass(world: World, keeping: Keeping): void {
  for (let n = 0; n < 50; n += 1) {
    const decided = decide(world, keeping);
    if (act(world, decided)) continue;
    nobodyWaitsInVain(world, decided);
    return;
  }
  must(world, false, 'the planner never comes to rest');
}

const decide = ({ state, now }: World, hosts: Keeping): Plan =>
  plan({
    ...{ state, now, limits, hosts, policy: openPolicy, maximum: hosts.maximum },
    rungs: [{ patienceMs: 0, usdPerHour: 0, spot: false }],
    tokenLifeMs: () => 30 * minute,
  });

function act(world: World, decided: Plan): boolean {
  const { state, now } = world;
  const { hosts, launch } = decided;
  let again = decided.again;
  for (const one of hosts.served) put(state.hosts, one);
  for (const { host, reservedUntil } of hosts.extend) change(world, host, { reservedUntil });
  for (const { builder, deal } of decided.assign) {
    const { scope, job } = deal ?? {};
    put(state.builders, { ...builder, scope, job });
  }
  for (const ending of decided.stop) stop(world, ending);
  for (const one of hosts.reset) reset(world, one);
  for (const builder of hosts.resetting) again = follow(world, builder) || again;
  if (launch && hosts.launchOn) again = start(world, launch, hosts.launchOn) || again;
  if (hosts.allocate) again = allocate(world, hosts.allocate) || again;
  for (const host of hosts.release) {
    must(
      world,
      now >= realOf(world, host.id).allocatedAt + limits.paidMs,
      `${host.id} is released too early`,
    );
    must(
      world,
      !state.builders.some((one) => one.host === host.id && one.phase !== 'gone'),
      `${host.id} is in use`,
    );
    realOf(world, host.id).released = true;
    put(state.hosts, endHost(host, undefined, now));
    say(world, `${host.id} is released`);
  }
  state.pool = {
    ...state.pool,
    lastLaunch: state.pool.lastLaunch + (launch ? 1 : 0) + (hosts.allocate ? 1 : 0),
  };
  return again;
}

function change({ state }: World, { id }: Host, news: Partial<Host>): void {
  const current = state.hosts.find((host) => host.id === id);
  if (current) put(state.hosts, { ...current, ...news });
}

function stop(world: World, { builder, why }: Ending): void {
  const { state, now, faults } = world;
  if (builder.phase === 'stopping') return;
  const one = realOf(world, builder.host);
  one.offAt = now + stopMs;
  one.acceptsAt = one.offAt + faults.scrubMs();
  const early = faults.chance() < faults.early ? 7 * minute : 0;
  one.shownAt = one.acceptsAt - early;
  put(state.builders, { ...builder, phase: 'stopping', stoppingAt: now, why });
  say(world, `${builder.id} is stopped: ${why}`);
}

function reset(world: World, { builder, bound }: HostPlan['reset'][number]): void {
  const { state, now, faults, resets } = world;
  resets.set(builder.id, { at: now + faults.resetMs(), fails: faults.chance() < faults.badReset });
  put(state.builders, beginReset(builder, bound, now));
  say(world, `${builder.id} is reset for ${bound}`);
}

/** Answers whether its next turn begins. */
function follow(world: World, builder: Builder): boolean {
  const { state, now, resets } = world;
  const { at = 0, fails = false } = resets.get(builder.id) ?? {};
  if (now < at) return false;
  if (fails) stop(world, { builder, why: 'its disk could not be replaced' });
  else put(state.builders, nextTurn(builder, now));
  return true;
}

/** Answers whether the host has refused the machine. */
function start(world: World, { id, deal }: NonNullable<Plan['launch']>, wanted: { host: Host }): boolean {
  const { state, now } = world;
  const { host } = wanted;
  const one = realOf(world, host.id);
  must(world, now >= one.offAt && !one.failed && !one.released, `${host.id} is no place for a machine`);
  if (now < one.acceptsAt) {
    change(world, host, restHost(host, 'not yet', now, limits));
    say(world, `${host.id} refuses a machine`);
    return true;
  }
  world.machines += 1;
  const machine = `m${world.machines}`;
  Object.assign(one, { machine, offAt: Number.POSITIVE_INFINITY, traces: new Set() });
  change(world, host, restedHost(host) ?? {});
  state.builders.push({
    ...{ kind: 'builder', pool: 'gpu', version: 1, phase: 'booting', provider: 'mac', rung: 0 },
    ...{ id: machine, launch: id, launchedAt: now, turn: 1, count: 0, usdPerHour: 0, host: host.id },
    ...{ scope: deal[0]?.scope, job: deal[0]?.job },
  });
  say(world, `${machine} starts on ${host.id} for ${deal[0]?.job}`);
  return false;
}

/** Answers whether there is one now; the cloud may have none. */
function allocate(world: World, { id, job, reservedUntil }: NonNullable<HostPlan['allocate']>): boolean {
  const { state, now, faults, real } = world;
  if (faults.chance() < faults.noHost) return false;
  const record = hostRecord(0, {
    ...{ id, hostId: `h-${id}`, askedAt: now, allocatedAt: now, reservedUntil, reserved: {} },
  });
  const at = { allocatedAt: now, offAt: now, shownAt: now + minute, acceptsAt: now + minute };
  real.set(id, { ...at, failed: false, released: false, traces: new Set() });
  state.hosts.push({ ...record, state: 'pending', stateSince: now, seenAt: now });
  say(world, `${id} is allocated for ${job.id}`);
  return true;
}

/** No job waits while a host that would take its machine is idle. */
function nobodyWaitsInVain(world: World, decided: Plan): void {
  const { state, now } = world;
  const waiting = [...decided.noRoom, ...decided.noRung, ...decided.hosts.waits.map(({ job }) => job)];
  const idle = state.hosts.filter(
    (host) =>
      takesMachine(world, host) &&
      (host.restsUntil ?? 0) <= now &&
      !state.builders.some((one) => one.host === host.id && one.phase !== 'gone'),
  );
  must(world, waiting.length === 0 || idle.length === 0, `${waiting[0]?.id} waits, ${idle[0]?.id} is idle`);
}

/** No host is kept for longer than ten minutes after it is idle and past its day. */
function checkIdle(world: World, idleSince: Map<string, number>): void {
  const { state, now } = world;
  for (const host of state.hosts) {
    const isIdle = host.phase === 'held' && (takesMachine(world, host) || realOf(world, host.id).failed);
    const isEmpty = !state.builders.some((one) => one.host === host.id && one.phase !== 'gone');
    const isPast = isIdle && isEmpty && now >= releasableAt(host, limits);
    if (!isPast) idleSince.delete(host.id);
    const since = idleSince.get(host.id) ?? now;
    if (isPast) idleSince.set(host.id, since);
    must(world, now - since <= 10 * minute, `${host.id} is kept too long`);
  }
}

/** What has ended is forgotten after its time. */
function forget({ state, now }: World): void {
  if (now % (10 * minute) !== 0) return;
  const old = new Set(expired(state, now, limits).map(({ kind, id }) => `${kind} ${id}`));
  const isOpen = ({ kind, id }: { kind: string; id: string }): boolean => !old.has(`${kind} ${id}`);
  state.jobs = state.jobs.filter(isOpen);
  state.builders = state.builders.filter(isOpen);
  state.hosts = state.hosts.filter(isOpen);
  state.runs = state.runs.filter(isOpen);
}
