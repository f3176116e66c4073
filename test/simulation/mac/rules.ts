// What may be asked of a simulated EC2 of Macs: nothing twice, unpaid, too early, or more than is allowed.
import { machineTags } from '../../../shared/contract/machine.ts';
import { macRungOf } from '../../../shared/policy/hosts.ts';
import type { Config } from '../../../shared/policy/schema.ts';
import { minute, second } from '../time.ts';
import type { World } from '../world.ts';
import type { Books } from './books.ts';
import { isReleased, leastMs, type SimulatedHost } from './hosts.ts';
import type { Mac } from './macs.ts';
import type { Moods } from './moods.ts';

export interface HostRules {
  /** Follows a call of AllocateHosts: whether it had its effect, and whether its answer was heard. */
  allocating(): { done<T>(answer: T): T; heard(): void };
  mayAllocate(tags: Record<string, string>): void;
  allocated(host: SimulatedHost): void;
  releasing(host: SimulatedHost): void;
}

export interface MachineRules {
  mayStart(host: SimulatedHost, tags: Record<string, string>, token: string | undefined): void;
  refused(host: SimulatedHost): void;
  started(mac: Mac): void;
  mayReset(mac: Mac): void;
}

export type Rules = HostRules & MachineRules;

export interface RulesSettings {
  config(): Config;
  books: Books;
  moods: Moods;
  hosts(): Iterable<SimulatedHost>;
}

/** A host that has refused a machine is left alone at least so long. */
const restMs = 5 * minute;

/** EC2 shows states this much later, and a process has this much from its reading to its call. */
const staleMs = 60 * second;

const launchIn = (tags: Record<string, string>): string => tags[machineTags.launch] ?? '';

export const rulesOf = (world: World, settings: RulesSettings): Rules => ({
  ...rulesOfHosts(world, settings),
  ...rulesOfMachines(world, settings),
});

function rulesOfHosts({ time, breaks }: World, { config, books, moods, hosts }: RulesSettings): HostRules {
  const hostOf = new Map<string, string>();
  /** Allocations whose answer nobody has heard: their hosts are known late. */
  let unheard = 0;
  return {
    allocating() {
      let isOpen = false;
      return {
        done(answer) {
          isOpen = true;
          unheard += 1;
          return answer;
        },
        heard() {
          if (isOpen) unheard -= 1;
        },
      };
    },
    mayAllocate(tags) {
      const id = launchIn(tags);
      const record = books.hosts.get(id);
      // Two passes may ask again at the same time, and one has heard a refusal.
      const isLate = record?.phase === 'gone' && time.now() - (record.endedAt ?? 0) < staleMs;
      if (record?.phase !== 'asked' && !isLate)
        breaks(`host ${id} is asked for, and its record is ${record?.phase}`);
      if (!books.isReserved(id)) breaks(`host ${id} is asked for before its money is reserved`);
    },
    allocated(host) {
      const id = launchIn(host.tags);
      const before = hostOf.get(id);
      if (before) breaks(`host ${id} is allocated twice: as ${before} and ${host.id}`);
      hostOf.set(id, host.id);
      const held = [...hosts()].filter((one) => !isReleased(one) && one.state !== 'permanent-failure');
      const most = config().pools.mac?.maximum ?? 0;
      if (held.length > most + unheard) breaks(`${held.length} hosts are held, ${most} are allowed`);
    },
    releasing(host) {
      const age = time.now() - host.allocatedAt;
      const early = age < leastMs && Math.abs(moods.clockMs) < 50 * second;
      if (early) breaks(`${host.id} is to be released ${(leastMs - age) / second} s before its 24 hours`);
    },
  };
}

function rulesOfMachines(world: World, { config, books }: RulesSettings): MachineRules {
  const { time, breaks } = world;
  const macOf = new Map<string, string>();
  const tokenOf = new Map<string, string | undefined>();
  const refusedAt = new Map<string, number>();
  const isUsedUp = ({ jobs }: SimulatedHost): boolean =>
    macRungOf(config(), 'mac')?.rung.paidDay === 'one-job' && jobs > 0;
  /** Known for a while, by what EC2 shows and by a record of ours. */
  const isTaken = ({ mac, past }: SimulatedHost): boolean =>
    mac !== undefined && books.builders.has(mac.id) && time.now() - (past.at(-1)?.at ?? 0) >= staleMs;
  return {
    mayStart(host, tags, token) {
      const launch = launchIn(tags);
      const isOther = token === undefined || (tokenOf.get(launch) ?? token) !== token;
      if (isOther) breaks(`launch ${launch} is asked for with another token`);
      tokenOf.set(launch, token);
      const record = books.launches.get(launch);
      if (record?.phase !== 'asked')
        breaks(`launch ${launch} is asked for, and its record is ${record?.phase}`);
      if (isUsedUp(host)) breaks(`launch ${launch} is asked for on ${host.id}, which has had its job`);
      if (isTaken(host)) breaks(`launch ${launch} is asked for on ${host.id}, which has ${host.mac?.id}`);
      const restedMs = time.now() - (refusedAt.get(host.id) ?? 0);
      if (restedMs < restMs && world.mishaps() === 0)
        breaks(`${host.id} has refused a machine, and is asked again after ${restedMs / second} s`);
    },
    refused: (host) => void refusedAt.set(host.id, time.now()),
    started(mac) {
      const before = macOf.get(mac.launch);
      if (before) breaks(`launch ${mac.launch} is started twice: as ${before} and ${mac.id}`);
      macOf.set(mac.launch, mac.id);
    },
    mayReset(mac) {
      for (const { job, fork } of mac.past)
        if (fork) breaks(`${mac.id} is reset after the untrusted job ${job}`);
    },
  };
}
