// What the records of a pool say of its hosts, found by host, by machine and by job.
import type { Host } from '../host-records.ts';
import type { Builder, Job, PoolState, Time } from '../records.ts';

export interface HostFacts {
  /** The machine on the host that is not gone. There is one at most; of several, one that still works. */
  machineOn(host: Host): Builder | undefined;
  /** The job that a launch without an answer brings a machine for; `undefined` inside: nobody knows. */
  startOn(host: Host): { askedAt: Time; job: Job | undefined } | undefined;
  /** By all that is known there is no machine on it, and it was looked at since the last one was. */
  isEmpty(host: Host): boolean;
  /** Has a job begun on it, or a machine started? */
  wasUsed(host: Host): boolean;
  /** Has a job begun on it, by any word? */
  hasServed(host: Host): boolean;
  /** All jobs that name the present runner of the machine. */
  jobsOn(builder: Builder): readonly Job[];
  jobOf(id: string | undefined): Job | undefined;
  /** By GitHub's word, as it is on record; undefined: nobody has asked yet. */
  isTrusted(job: Job): boolean | undefined;
}

/** Looks up what is on record. */
export function hostFacts({ launches, builders, jobs, runs }: PoolState): HostFacts {
  const machines = Map.groupBy(builders, ({ host }) => host);
  const started = Map.groupBy(launches, ({ host }) => host);
  const named = Map.groupBy(jobs, ({ runner }) => runner);
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const trust = new Map(runs.map((run) => [run.id, run]));

  const onHost = (host: Host): readonly Builder[] => machines.get(host.id) ?? [];
  const launchesOn = (host: Host) => started.get(host.id) ?? [];
  const jobsOn = ({ runner }: Builder): readonly Job[] =>
    runner === undefined ? [] : (named.get(runner) ?? []);

  const machineOn = (host: Host): Builder | undefined => {
    const alive = onHost(host).filter(({ phase }) => phase !== 'gone');
    return alive.find(({ phase }) => phase !== 'stopping') ?? alive[0];
  };
  const startOn: HostFacts['startOn'] = (host) => {
    const launch = launchesOn(host).find(({ phase }) => phase === 'asked');
    return launch && { askedAt: launch.askedAt, job: byId.get(launch.deal[0]?.job ?? '') };
  };
  /** A machine has gone, or a launch was given up that may have brought one. */
  const changedAt = (host: Host): Time =>
    Math.max(
      0,
      ...onHost(host).map(({ endedAt = 0 }) => endedAt),
      ...launchesOn(host).map(({ phase, answeredAt = 0 }) => (phase === 'closed' ? answeredAt : 0)),
    );

  return {
    machineOn,
    startOn,
    isEmpty: (host) =>
      !machineOn(host) &&
      !startOn(host) &&
      (host.instances ?? []).length === 0 &&
      (host.seenAt ?? host.allocatedAt ?? 0) >= changedAt(host),
    wasUsed: (host) => onHost(host).length > 0 || host.served.length > 0 || host.earlier.jobs > 0,
    hasServed: (host) =>
      host.used === true ||
      host.served.length > 0 ||
      host.earlier.jobs > 0 ||
      onHost(host).some((one) => one.startedAt !== undefined || one.foreign || jobsOn(one).length > 0),
    jobsOn,
    jobOf: (id) => (id === undefined ? undefined : byId.get(id)),
    isTrusted: ({ runId, repository }) => {
      const run = trust.get(runId);
      return run?.repository === repository ? run.trust === 'trusted' : undefined;
    },
  };
}
