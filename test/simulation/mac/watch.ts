// Looks at a world of Macs each minute: no host is kept for nothing, and no job waits while a host is idle.
import { macRungOf } from '../../../shared/policy/hosts.ts';
import type { Config } from '../../../shared/policy/schema.ts';
import type { SimulatedJob } from '../github.ts';
import { minute } from '../time.ts';
import { isReleased, leastMs, type SimulatedHost } from './hosts.ts';
import { isUp, type Mac } from './macs.ts';
import type { MacService } from './stage.ts';

export interface WatchSettings {
  config(): Config;
  /** Jobs that may have a machine. */
  isWanted(job: SimulatedJob): boolean;
  jobs: readonly SimulatedJob[];
  /** Faults may have their effects for so long. */
  mendsForMs: number;
  end: number;
}

/** A host without a use is released this soon after its paid day, at the latest. */
const keptForMs = 10 * minute;

/**
 * A job begins to be served this soon where a host is idle: what EC2 shows is half a minute old, the reaper
 * comes each minute and takes some seconds, and so does the pass that it rings.
 */
const idleForMs = 4 * minute;

/** Watches from now on. */
export function watch(service: MacService, settings: WatchSettings): void {
  const { time } = service.world;
  const open = new Set<SimulatedJob>();
  let next = 0;
  const kept = lasting();
  const idle = lasting();
  let foulAt = Number.NEGATIVE_INFINITY;
  const look = (): void => {
    if (time.now() + minute < settings.end) time.after(minute, look);
    for (let job = settings.jobs[next]; job && job.state !== 'new'; job = settings.jobs[next]) {
      open.add(job);
      next += 1;
    }
    for (const job of open) if (job.state === 'done') open.delete(job);
    if (service.world.isFoul()) foulAt = time.now();
    const isCalm = time.now() - foulAt >= settings.mendsForMs;
    const waiting = [...open].filter((job) => job.state === 'queued' && settings.isWanted(job));
    if (isCalm) {
      keptInVain(service, settings.config(), waiting, kept);
      neglected(service, settings.config(), waiting, idle);
    } else for (const one of [kept, idle]) one([], time.now());
  };
  time.after(minute, look);
}

/** For how long something has been so, by its name: each look says what is. */
function lasting() {
  let since = new Map<string, number>();
  return (names: readonly string[], now: number): Map<string, number> => {
    since = new Map(names.map((name) => [name, since.get(name) ?? now]));
    return new Map([...since].map(([name, at]) => [name, now - at]));
  };
}

type Lasting = ReturnType<typeof lasting>;

/** Past their paid day, hosts that nobody needs: empty ones, and those whose machine has no job. */
function keptInVain(
  { world, hosts }: MacService,
  config: Config,
  waiting: readonly SimulatedJob[],
  kept: Lasting,
): void {
  const now = world.time.now();
  const isKept = macRungOf(config, 'mac')?.rung.afterwards === 'keep';
  const old = [...hosts.recent].filter((host) => {
    const isPast = now >= host.allocatedAt + leastMs && !isReleased(host);
    return isPast && (host.mac ? isUp(host.mac) && !host.mac.busyWith : mayBeReleased(host));
  });
  const inVain = isKept || waiting.length > 0 ? [] : old.map(({ id }) => id);
  for (const [id, ms] of kept(inVain, now)) {
    if (ms > keptForMs && ms <= keptForMs + minute)
      world.breaks(`${id} is kept for ${ms / minute} minutes after its day, for nothing`);
  }
}

const mayBeReleased = ({ state }: SimulatedHost): boolean =>
  state === 'available' || state === 'permanent-failure';

/** Jobs that wait although a host could take a machine for them, or has one that waits for work. */
function neglected(
  service: MacService,
  config: Config,
  waiting: readonly SimulatedJob[],
  idle: Lasting,
): void {
  const { world, hosts } = service;
  const now = world.time.now();
  const { left, owed } = covered(service, waiting);
  const free = left.length > 0 ? [...hosts.recent].filter((host) => isUsable(service, config, host)) : [];
  for (const [name, ms] of idle(
    [...free, ...owed].map(({ id }) => id),
    now,
  )) {
    if (ms > idleForMs && ms <= idleForMs + minute)
      world.breaks(`${name} is idle for ${ms / minute} minutes, and a job waits`);
  }
}

function isUsable({ hosts, books, world }: MacService, config: Config, host: SimulatedHost): boolean {
  if (!hosts.takes(host)) return false;
  const record = [...books.hosts.values()].find(({ hostId }) => hostId === host.id);
  const isUsedUp = macRungOf(config, 'mac')?.rung.paidDay === 'one-job' && host.jobs > 0;
  return !isUsedUp && record?.phase === 'held' && (record.restsUntil ?? 0) <= world.time.now();
}

/**
 * Deals the waiting jobs to the machines that are on their way to a job: first to those for one repository,
 * which take no fork. `left`: jobs without one. `owed`: machines that wait for work, and have a job here; or
 * keep the only host from others.
 */
function covered({ macs, books, hosts }: MacService, waiting: readonly SimulatedJob[]) {
  let left = [...waiting];
  const owed: Mac[] = [];
  const isOnly = [...hosts.recent].filter((host) => !isReleased(host)).length === 1;
  const boundOf = (mac: Mac) => books.builders.get(mac.id)?.bound;
  const coming = [...macs.recent].filter((mac) => isComing(mac, books.builders.get(mac.id)?.phase));
  const byBond = [...coming.filter(boundOf), ...coming.filter((mac) => !boundOf(mac))];
  for (const mac of byBond) {
    const bound = boundOf(mac);
    const own = left.find((job) => bound === undefined || (job.repository === bound && !job.fork));
    if (!own && left.length > 0 && isOnly && mac.waits) owed.push(mac);
    if (!own) continue;
    left = left.filter((job) => job !== own);
    if (mac.waits) owed.push(mac);
  }
  return { left, owed };
}

const isComing = (mac: Mac, phase: string | undefined): boolean =>
  isUp(mac) && !mac.busyWith && phase !== 'retiring' && phase !== 'stopping' && phase !== 'gone';
