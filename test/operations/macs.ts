// Macs in memory: hosts with EC2's rules, one machine each, in virtual time; and what goes wrong with them.
import { createHash } from 'node:crypto';
import { offeringKey, parseOffering, quotaShelf, shelvesOf } from '../../shared/contract/offerings.ts';
import { hostOfferingsOf } from '../../shared/policy/hosts.ts';
import type { Config } from '../../shared/policy/schema.ts';
import type {
  HostAnswer,
  HostSighting,
  Hosts,
  ReleaseAnswer,
  ResetState,
} from '../../shared/scheduler/host-ports.ts';
import type { Host } from '../../shared/scheduler/host-records.ts';
import { Doubt, type Fault, type LaunchResult, type Provider } from '../../shared/scheduler/ports.ts';
import type { Builder, Launch, Time } from '../../shared/scheduler/records.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/** The id of the machine that a launch starts. */
export const instanceOf = (launch: string): string =>
  `i-${createHash('sha256').update(launch).digest('hex').slice(0, 17)}`;

export interface ToyHost extends HostSighting {
  /** It cleans itself until then. */
  scrubbedAt: Time;
  /** Shown as available, it takes no machine before. */
  takesFrom: Time;
  releasedAt?: Time;
  /** Time in which it has cleaned itself, in ms: EC2 does not bill it. */
  cleaned: number;
}

export interface ToyMachine {
  id: string;
  launch: string;
  hostId: string;
  startedAt: Time;
  /** Its epoch tag. */
  epoch?: string;
  /** How often its disk was replaced. */
  wiped: number;
}

export interface ToyTask {
  id: string;
  builder: string;
  doneAt: Time;
  fails: boolean;
}

export interface Macs {
  provider: Provider;
  hosts: Hosts;
  /** All that ever were, released ones too. */
  all: Map<string, ToyHost>;
  machines: Map<string, ToyMachine>;
  tasks: Map<string, ToyTask>;
  trouble: Trouble;
  /** A host that nobody has asked for by a record. */
  plant(hostId: string, id: string | undefined, offering: string, at?: Time): void;
  /** What EC2 bills for all hosts until now, in US dollars. */
  billed(): number;
}

interface Trouble {
  /** These calls happen, and their answers are lost: `allocate`, `release`, `reset`, `launch`, … */
  lost: Set<string>;
  /** These calls do not even happen. */
  dead: Set<string>;
  /** By family or zone: why there are no hosts of it. */
  lacks: Map<string, 'quota' | 'capacity'>;
  /** Hosts refuse machines for so long after they are shown as available. */
  earlyMs: number;
  scrubMs: number;
  resetMs: number;
  resetFails?: boolean;
  /** Released hosts are refused with these words. */
  refusal?: string;
  /** The list lacks these. */
  unlisted: Set<string>;
}

export function macs(config: Config, now: () => Time): Macs {
  const all = new Map<string, ToyHost>();
  const machines = new Map<string, ToyMachine>();
  const tasks = new Map<string, ToyTask>();
  const trouble: Trouble = {
    lost: new Set(),
    dead: new Set(),
    lacks: new Map(),
    earlyMs: 0,
    scrubMs: 50 * minute,
    resetMs: 12 * minute,
    unlisted: new Set(),
  };
  const world = { config, now, all, machines, tasks, trouble };
  /** A call: it may not happen, or its answer may be lost. */
  const call = async <T>(what: string, effect: () => T): Promise<T> => {
    if (trouble.dead.has(what)) throw new Doubt(`${what}: no answer`);
    const answer = effect();
    if (trouble.lost.has(what)) throw new Doubt(`${what}: the answer is lost`);
    return answer;
  };
  return {
    ...{ all, machines, tasks, trouble },
    provider: providerOf(world, call),
    hosts: hostsOf(world, call),
    plant(hostId, id, offering, at = now()) {
      all.set(hostId, toyHost({ hostId, id, offering, usdPerHour: 0.65 }, at));
    },
    billed: () =>
      [...all.values()].reduce((sum, host) => {
        const ms = (host.releasedAt ?? now()) - host.allocatedAt - host.cleaned;
        return sum + (host.usdPerHour * ms) / (60 * minute);
      }, 0),
  };
}

type World = Pick<Macs, 'all' | 'machines' | 'tasks' | 'trouble'> & { config: Config; now: () => Time };
type Call = <T>(what: string, effect: () => T) => Promise<T>;

const toyHost = (
  terms: Pick<ToyHost, 'hostId' | 'offering' | 'usdPerHour'> & { id: string | undefined },
  at: Time,
): ToyHost => {
  const { id, ...got } = terms;
  const blank = { state: 'available', instances: [], scrubbedAt: 0, takesFrom: at, cleaned: 0 } as const;
  return { ...got, ...(id !== undefined && { id }), ...blank, instances: [], allocatedAt: at };
};

/** The host as EC2 shows it now. */
function shown({ now, machines }: World, host: ToyHost): HostSighting {
  const { hostId, id, allocatedAt, offering, usdPerHour } = host;
  const instances = [...machines.values()].filter((one) => one.hostId === hostId).map((one) => one.id);
  const state = host.releasedAt !== undefined ? 'released' : now() < host.scrubbedAt ? 'pending' : host.state;
  return { hostId, ...(id !== undefined && { id }), state, allocatedAt, instances, offering, usdPerHour };
}

function providerOf(world: World, call: Call): Provider {
  const { now, all, machines, trouble } = world;
  const startedBy = (launch: string) => [...machines.values()].find((one) => one.launch === launch);

  function start(launch: Launch): LaunchResult {
    const known = startedBy(launch.id);
    if (known) return { started: [known.id], faults: [] };
    const on: { hostId: string } = JSON.parse(launch.request);
    const host = all.get(on.hostId);
    const isFull = [...machines.values()].some((one) => one.hostId === on.hostId);
    const takes = host && !isFull && now() >= Math.max(host.takesFrom, host.scrubbedAt);
    if (!takes || host.state !== 'available' || host.releasedAt !== undefined)
      return { started: [], faults: [{ kind: 'capacity', why: `host ${on.hostId} takes no machine now` }] };
    const id = instanceOf(launch.id);
    machines.set(id, { id, launch: launch.id, hostId: on.hostId, startedAt: now(), wiped: 0 });
    return { started: [id], faults: [] };
  }

  return {
    tokenLifeMs: 300_000,
    request: ({ on }) => JSON.stringify(on),
    launch: (launch) => call('launch', () => start(launch)),
    list: () =>
      call('machines', () =>
        [...machines.values()].map(({ id, launch, startedAt }) => ({ id, launch, startedAt })),
      ),
    look: async (id) => machines.get(id),
    stop: (ids) =>
      call('stop', () => {
        for (const id of ids) {
          const host = all.get(machines.get(id)?.hostId ?? '');
          if (machines.delete(id) && host) scrub(host, now(), trouble);
        }
        return { failed: [] };
      }),
  };
}

function scrub(host: ToyHost, now: Time, { scrubMs, earlyMs }: Trouble): void {
  host.scrubbedAt = now + scrubMs;
  host.takesFrom = host.scrubbedAt + earlyMs;
  host.cleaned += scrubMs;
}

function hostsOf(world: World, call: Call): Hosts {
  const { all, trouble } = world;
  const list = (): HostSighting[] =>
    [...all.values()].filter(({ hostId }) => !trouble.unlisted.has(hostId)).map((host) => shown(world, host));
  const look = (hostId: string): HostSighting | undefined => {
    const host = all.get(hostId);
    return host && shown(world, host);
  };
  return {
    tokenLifeMs: 300_000,
    allocate: (host) => call('allocate', () => allocated(world, host)),
    list: () => call('hosts', list),
    look: ({ hostId = '' }) => call('look', () => look(hostId)),
    release: ({ hostId = '' }) => call('release', () => released(world, all.get(hostId))),
    ...resetsOf(world, call),
  };
}

function allocated(world: World, { id, pool, offering, usdPerHour }: Host): HostAnswer {
  const { all, trouble, now } = world;
  const known = [...all.values()].find((one) => one.id === id);
  if (known) return { host: shown(world, known), faults: [] };
  const fault = lackOf(world, pool, offering);
  if (fault) return { faults: [fault] };
  const got = toyHost({ hostId: `h-${id}`, id, offering, usdPerHour }, now());
  got.takesFrom += trouble.earlyMs;
  all.set(got.hostId, got);
  return { host: shown(world, got), faults: [] };
}

function released(world: World, host: ToyHost | undefined): ReleaseAnswer {
  const { trouble, now } = world;
  if (!host) return { released: true };
  if (trouble.refusal) return { released: false, why: trouble.refusal };
  const after = host.allocatedAt + day;
  if (now() < after) return { released: false, why: 'at least 24 hour(s)', after };
  if (shown(world, host).instances.length > 0) return { released: false, why: 'it is occupied' };
  host.releasedAt ??= now();
  return { released: true };
}

function resetsOf(world: World, call: Call): Pick<Hosts, 'reset' | 'resets' | 'mark'> {
  const { machines, tasks, trouble, now } = world;
  const begin = ({ id: builder, turn, reset }: Builder): string => {
    const id = `${builder}/${turn}/${reset?.askedAt}`;
    const task = { id, builder, doneAt: now() + trouble.resetMs, fails: trouble.resetFails === true };
    if (!tasks.has(id)) tasks.set(id, task);
    return id;
  };
  const statesOf = (builders: readonly Builder[]) =>
    new Map(builders.map((one) => [one.id, resetState(world, one)]));
  return {
    reset: (builder) => call('reset', () => begin(builder)),
    resets: (builders) => call('resets', () => statesOf(builders)),
    mark: ({ id }, epoch) =>
      call('mark', () => {
        const machine = machines.get(id);
        if (machine) machine.epoch = epoch;
      }),
  };
}

function resetState({ tasks, machines, now }: World, { id, reset }: Builder): ResetState {
  const task = tasks.get(reset?.task ?? '');
  if (!task || now() < task.doneAt) return 'running';
  if (task.fails) return 'failed';
  const machine = machines.get(id);
  const wiped = [...tasks.values()].filter((one) => one.builder === id && now() >= one.doneAt).length;
  if (machine) machine.wiped = wiped;
  return 'succeeded';
}

function lackOf({ config, trouble }: World, pool: string, key: string): Fault | undefined {
  const offering = hostOfferingsOf(config, pool).find((one) => offeringKey(one) === key);
  const parsed = parseOffering(key);
  if (!offering || !parsed) return { kind: 'invalid', why: `no host is called ${key}` };
  if (trouble.lacks.get(offering.quota) === 'quota')
    return {
      kind: 'quota',
      why: `your quota of ${offering.quota} hosts is 0`,
      shelves: [quotaShelf(offering)],
    };
  const isEmpty = shelvesOf(offering, pool).some((shelf) => trouble.lacks.has(shelf));
  return isEmpty
    ? { kind: 'capacity', why: `no ${offering.type} in ${offering.zone}`, shelves: [key] }
    : undefined;
}
