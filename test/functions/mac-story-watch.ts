// What must never be, whatever befalls Macs: hosts that idle past their day, jobs that wait beside a host
// that is free, machines that have seen the jobs of two, disks that are replaced under a job.
import type { FakeGitHub } from '../operations/fakes.ts';
import { leastMs, type StandInHost } from '../stand-ins/ec2/hosts.ts';
import type { Ec2StandIn } from '../stand-ins/ec2/stand-in.ts';
import type { Mac } from './mac-story-machine.ts';

const minute = 60_000;

export interface Watch {
  /**
   * How long a job may wait beside a host that would take its machine, and how long an idle host may stay.
   */
  patienceMs: { beside: number; idle: number };
  wrongs: Set<string>;
  /** Looks at what is now. */
  look(): void;
  /** What EC2 bills, by host: all time until its release but that in which it cleans itself. */
  billedMs(): Map<string, number>;
}

interface Watched {
  ec2: Ec2StandIn;
  hub: Pick<FakeGitHub, 'known'>;
  macs: ReadonlyMap<string, Mac>;
  now(): number;
}

export function watchOf({ ec2, hub, macs, now }: Watched): Watch {
  const lasts = lastingIn(now);
  const cleaned = new Map<string, number>();
  const isFree = ({ state, machine, refusesUntil }: StandInHost): boolean =>
    state === 'available' && machine === undefined && now() >= refusesUntil;

  function lookAt(host: StandInHost, queued: number): void {
    const { id, allocatedAt, releasedAt } = host;
    cleaned.set(id, (cleaned.get(id) ?? 0) + lasts.more(`${id} cleans`, host.state === 'pending'));
    const coming = [...macs.values()].filter((mac) => mac.isComing());
    if (lasts.for(`${id} beside`, queued > coming.length && isFree(host)) > watch.patienceMs.beside)
      watch.wrongs.add(`a job waits beside ${id}, which is free`);
    const isPast = now() - allocatedAt > leastMs && queued === 0;
    const isIdle = isFree(host) || coming.some(({ machine }) => machine.host === id);
    if (lasts.for(`${id} idle`, isPast && isIdle) > watch.patienceMs.idle)
      watch.wrongs.add(`${id} is idle and past its day`);
    if (releasedAt !== undefined && releasedAt - allocatedAt < leastMs)
      watch.wrongs.add(`${id} was released before its day was over`);
  }

  const watch: Watch = {
    patienceMs: { beside: 2 * minute, idle: 10 * minute },
    wrongs: new Set(),
    look() {
      const queued = [...hub.known.values()].filter(({ status }) => status === 'queued').length;
      for (const host of ec2.hosts()) lookAt(host, queued);
      const resets = Map.groupBy(ec2.resets(), ({ machine }) => machine.id);
      for (const mac of macs.values())
        for (const wrong of wrongsOf(mac, resets.get(mac.machine.id)?.length ?? 0)) watch.wrongs.add(wrong);
    },
    billedMs: () =>
      new Map(
        ec2.hosts().map(({ id, allocatedAt, releasedAt = now() }) => {
          return [id, releasedAt - allocatedAt - (cleaned.get(id) ?? 0)];
        }),
      ),
  };
  return watch;
}

/** For how long something has been so without a break, and what the last look adds to that. In ms. */
function lastingIn(now: () => number) {
  const since = new Map<string, number>();
  const seen = new Map<string, number>();
  const more = (what: string, isSo: boolean): number => {
    const before = seen.get(what);
    if (isSo) seen.set(what, now());
    else seen.delete(what);
    return isSo && before !== undefined ? now() - before : 0;
  };
  return {
    more,
    for(what: string, isSo: boolean): number {
      const ms = isSo ? (since.get(what) ?? 0) + more(what, true) : 0;
      if (!isSo) more(what, false);
      since.set(what, ms);
      return ms;
    },
  };
}

/** A disk that was replaced is new, the rest of a machine is not. */
function wrongsOf({ machine: { id }, tenants, isHurt }: Mac, resets: number): string[] {
  const repositories = new Set(tenants.map(({ repository }) => repository));
  const isShared = tenants.length > 1 && tenants.some(({ trusted }) => !trusted);
  return [
    ...(repositories.size > 1 ? [`${id} has had jobs of ${[...repositories].join(' and ')}`] : []),
    ...(isShared ? [`${id} has had an untrusted job and another one`] : []),
    ...(resets > tenants.length ? [`${id} was reset ${resets} times after ${tenants.length} jobs`] : []),
    ...(isHurt ? [`the disk of ${id} was replaced while a job ran`] : []),
  ];
}
