// Watches a world at each step: what must always hold is looked at after each thing that happens in it.
import { builderOfRunner } from '../../shared/contract/names.ts';
import { afterJobMs, isLate, lifeMs, unownedMs, unownedRegistrationMs, until } from './bounds.ts';
import type { Machine } from './cloud.ts';
import type { SimulatedJob } from './github.ts';
import { broken } from './named.ts';
import { holdsSecret } from './secrets.ts';
import type { Service } from './stage.ts';
import type { World } from './world.ts';

/** Tells what is broken, once. */
type Check = (isBroken: boolean, what: () => string) => void;

/** Looks at the world as it is now. */
type Look = (now: number) => void;

/** A watcher of a world. */
export function watcher(world: World, service: Service): () => void {
  const told = new Set<string>();
  const check: Check = (isBroken, what) => {
    if (!isBroken || told.has(what())) return;
    told.add(what());
    world.breaks(what());
  };
  const looks = [waitingLook, endedJobsLook, machinesLook, registrationsLook].map((look) =>
    look(world, service, check),
  );
  let lookedAt = -1;
  let machines = -1;
  return () => {
    const now = world.time.now();
    if (now === lookedAt && machines === service.cloud.machines.size) return;
    lookedAt = now;
    machines = service.cloud.machines.size;
    for (const look of looks) look(now);
  };
}

type Watched = [world: World, service: Service, check: Check];

/** No wanted job waits for too long. */
function waitingLook(...[world, { books, github }, check]: Watched): Look {
  const fresh = news(github.jobs);
  const open = new Set<SimulatedJob>();
  return (now) => {
    for (const job of fresh()) if (isWanted(job)) open.add(job);
    for (const job of open) {
      if (job.state === 'running' || job.state === 'done') open.delete(job);
      // What is held for want of money may be late, as long as it is served.
      const isHeld = books.held.has(job.id);
      check(!isHeld && isLate(job, world, now), () => broken(1, `served late: ${job.id}`));
    }
  };
}

const isWanted = ({ fork, made }: SimulatedJob): boolean => !fork && made !== 'dead' && made !== 'thief';

/** No machine lives on after its job. */
function endedJobsLook(...[world, { cloud, github }, check]: Watched): Look {
  const fresh = news(github.jobs);
  const open = new Set<SimulatedJob>();
  return (now) => {
    for (const job of fresh()) open.add(job);
    for (const job of open) {
      if (job.state !== 'done') continue;
      const machine = cloud.machines.get(builderOf(job.runner));
      const lives = machine !== undefined && machine.quietAt === undefined;
      if (!lives) open.delete(job);
      check(lives && now > until(world, job.endedAt ?? now, afterJobMs), () =>
        broken(2, `machine ${machine?.id} lives more than two minutes after job ${job.id}`),
      );
    }
  };
}

/** What has come into a map, which only grows, since the last call. */
function news<T>(all: ReadonlyMap<string, T>): () => T[] {
  let seen = 0;
  return () => {
    if (all.size === seen) return [];
    const fresh = [...all.values()].slice(seen);
    seen = all.size;
    return fresh;
  };
}

/** No machine lives past its limit, or without an owner. */
function machinesLook(...[world, { books, cloud }, check]: Watched): Look {
  const fresh = news(cloud.machines);
  const living = new Set<Machine>();
  return (now) => {
    for (const machine of fresh()) {
      living.add(machine);
      check(holdsSecret(machine.tags), () => broken(5, `the tags of machine ${machine.id} hold a secret`));
    }
    for (const machine of living) {
      const { id, alive, startedAt, provisionedAt = startedAt } = machine;
      if (!alive) living.delete(machine);
      const owner = books.builders.get(id);
      const since = owner?.phase === 'gone' ? owner.endedAt : startedAt;
      const isUnowned = owner === undefined || owner.phase === 'gone';
      check(alive && now > until(world, provisionedAt, lifeMs), () =>
        broken(2, `machine past its limit: ${id}`),
      );
      check(alive && isUnowned && now > until(world, since ?? startedAt, unownedMs), () =>
        broken(2, `machine without an owner: ${id}`),
      );
    }
  };
}

/** No registration stays for long when its machine is gone. */
function registrationsLook(...[world, { cloud, github }, check]: Watched): Look {
  const builders = new Map<string, string>();
  return (now) => {
    for (const name of github.runners.keys()) {
      const id = builders.get(name) ?? builderOf(name);
      builders.set(name, id);
      const { endedAt = now } = cloud.machines.get(id) ?? {};
      check(now > until(world, endedAt, unownedRegistrationMs), () =>
        broken(2, `registration without a machine: ${name}`),
      );
    }
  };
}

const builderOf = (runner: string | undefined): string => builderOfRunner('sim', runner ?? '') ?? '';
