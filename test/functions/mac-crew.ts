// The functions at work on Macs: one pool with hosts of two families in two zones, and agents that read tags.
import { createHash } from 'node:crypto';
import { createCloudEvents } from '../../functions/cloud-events/cloud-events.ts';
import { ec2Events } from '../../functions/cloud-events/ec2.ts';
import type { MacRung } from '../../shared/policy/config.ts';
import type { PoolInput, ProjectInput } from '../../shared/policy/schema.ts';
import type { Host } from '../../shared/scheduler/host-records.ts';
import type { Builder } from '../../shared/scheduler/records.ts';
import { type Macs, macs } from '../operations/macs.ts';
import { type Answer, type Crew, crew, facts, keyOf } from './crew.ts';
import { stateChange } from './ec2-crew.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const [zoneA, zoneB] = ['us-east-1a', 'us-east-1b'] as const;
/** The key of an offering. */
export const m1 = (zone: string): string => `us-east-1/on-demand/mac2.metal/${zone}`;

/** What is on record. */
interface Records {
  host(id?: string): Promise<Host>;
  hosts(): Promise<Host[]>;
  builders(): Promise<Builder[]>;
  /** The one machine that is not gone. */
  mac(): Promise<Builder>;
  /** In US dollars, over all days. */
  money(): Promise<{ open: number; settled: number }>;
}

/** What the agent on the one machine says. */
interface Agent {
  /** It claims with the key of its boot and the tag that it reads. */
  asks(more?: object): Promise<Answer>;
  says(path: 'progress' | 'finished' | 'job', more: object): Promise<Answer>;
}

/** Time goes by. */
interface Hours {
  /** Minutes: each begins with a sweep, then all rings are answered. */
  minutes(n: number): Promise<void>;
  /** Answers rings until there are none. */
  settle(): Promise<void>;
}

export interface MacCrew extends Crew, Records, Agent, Hours {
  macs: Macs;
  /** A job is queued, its machine boots, claims, and runs it to its end; the agent says `finished`. */
  serve(id: string, more?: { repository?: string; minutes?: number; fork?: boolean }): Promise<void>;
  /** A queued job is claimed and begun. Answers what the hook said. */
  begin(id: string): Promise<Answer>;
  end(id: string): Promise<Answer>;
  /** A machine ends, and EC2's event arrives. */
  gone(id: string): Promise<void>;
}

export interface MacChanges {
  rung?: Partial<MacRung>;
  trustedOnly?: boolean;
  maximum?: number;
  maxUsdPerDay?: number;
  projects?: Record<string, ProjectInput>;
  /** There is another pool of Macs, with label `lab`. */
  lab?: boolean;
}

const usual: Record<string, ProjectInput> = {
  color: { repositories: ['film/color'], pools: ['mac'], maxUsdPerDay: 1000 },
  volume: { repositories: ['film/volume'], pools: ['mac'], maxUsdPerDay: 1000, forks: 'never' },
};

export function macCrew(changes: MacChanges = {}): MacCrew {
  const film = crew(configured(changes));
  const { ports } = film;
  const world = macs(ports.config, ports.clock.now);
  Object.assign(ports, { providers: { mac: world.provider }, hosts: world.hosts, epochs });
  const records = recordsOf(film);
  const agent = agentOf(film, world, records);
  const hours = hoursOf(film);
  const hears = createCloudEvents(ports, ec2Events(ports.config));
  const on: MacCrew = {
    ...{ ...film, ...records, ...agent, ...hours },
    macs: world,
    async serve(id, { repository = 'film/color', minutes = 10, fork = false } = {}) {
      const run = fork ? { event: 'pull_request', headRepositoryId: '2' } : undefined;
      await film.queue(id, repository, { labels: ['mac'] }, run);
      await on.settle();
      await on.begin(id);
      await on.minutes(minutes);
      await on.end(id);
    },
    async begin(id) {
      const answer = await on.asks();
      if (!JSON.stringify(answer.body).includes('jit')) throw new Error(`no work: ${JSON.stringify(answer)}`);
      const { runner = '' } = await on.mac();
      const { repository = '', runId = '' } = film.github.known.get(id) ?? {};
      const registered = film.github.runnersNow.get(runner);
      if (registered) registered.busy = true;
      await film.tell(id, { status: 'in_progress', runner });
      const leave = await on.says('job', { repository, runId, runAttempt: 1, job: 'build' });
      await on.settle();
      return leave;
    },
    async end(id) {
      const { runner = '' } = await on.mac();
      film.github.runnersNow.delete(runner);
      await film.tell(id, { status: 'completed', conclusion: 'success' });
      return on.says('finished', { exitCode: 0 });
    },
    gone: (id) => hears(stateChange(id, 'shutting-down')),
  };
  return on;
}

function configured(changes: MacChanges): Parameters<typeof crew>[0] {
  const { rung, trustedOnly = true, maximum = 2, maxUsdPerDay = 1000, projects = usual, lab } = changes;
  const pool: Omit<PoolInput, 'labels'> = {
    ...{ os: 'macos', arch: 'arm64', trustedOnly, maximum, jobLimitMinutes: 60 },
    ladder: [{ provider: 'mac', families: ['mac2', 'mac2-m2'], ...rung }],
  };
  return {
    aws: { region: 'us-east-1', regions: { 'us-east-1': { zones: [zoneA, zoneB] } } },
    pools: { mac: { ...pool, labels: ['mac'] }, ...(lab && { lab: { ...pool, labels: ['lab'] } }) },
    projects,
    maxUsdPerDay,
  };
}

function recordsOf({ store }: Crew): Records {
  const read = () => store.open.read('mac');
  const sum = (all: Record<string, number>[]): number =>
    all.flatMap((one) => Object.values(one)).reduce((total, one) => total + one, 0) / 1_000_000;
  return {
    builders: async () => (await read()).builders,
    hosts: async () => (await read()).hosts,
    async mac() {
      const one = (await read()).builders.find(({ phase }) => phase !== 'gone');
      if (!one) throw new Error('no machine runs');
      return one;
    },
    async host(id = 'mac-1') {
      const host = await store.open.get('mac', 'host', id);
      if (!host) throw new Error(`no record of host ${id}`);
      return host;
    },
    async money() {
      const { ledgers } = await store.open.read('+');
      const open = ledgers.flatMap((ledger) => Object.values(ledger.open).map(({ microUsd }) => microUsd));
      return { open: sum(open), settled: sum(ledgers.map(({ settled }) => settled)) };
    },
  };
}

function agentOf({ call }: Crew, world: Macs, { mac }: Records): Agent {
  return {
    async asks(more = {}) {
      const { id, launch } = await mac();
      const { epoch } = world.machines.get(id) ?? {};
      const shown = { ...(epoch !== undefined && { epoch }), ...more };
      const about = { builder: id, launch, proof: `proof of ${id}`, facts: { ...facts, os: 'macos' } };
      return call('claim', { ...about, key: keyNow(world, id), ...shown });
    },
    async says(path, more) {
      const { id, launch } = await mac();
      return call(path, { builder: id, launch, key: keyNow(world, id), ...more });
    },
  };
}

function hoursOf({ rings, pass, sweep, later }: Crew): Hours {
  const settle = async (): Promise<void> => {
    for (let passes = 0; passes < 200; passes += 1) {
      rings.length = 0;
      await pass('mac');
      if (!rings.includes('mac')) return;
    }
    throw new Error('the pool rings itself for ever');
  };
  return {
    settle,
    async minutes(n) {
      for (let passed = 0; passed < n; passed += 1) {
        later(minute);
        await sweep();
        await settle();
      }
    },
  };
}

/**
 * 37 minutes before its day is over, a host is clean and empty: nothing has run there since its first job.
 */
export async function evening(film: MacCrew): Promise<MacCrew> {
  await film.serve('1');
  await film.minutes(13);
  film.later(22 * hour);
  await film.minutes(60);
  return film;
}

/** A machine has another key after each wiping: its agent makes one at boot. */
export const keyNow = ({ machines }: Macs, id: string): string =>
  keyOf(`${id} ${machines.get(id)?.wiped ?? 0}`);

export const epochs = {
  of: async ({ id, turn }: Pick<Builder, 'id' | 'turn'>) =>
    createHash('sha256').update(`epoch of ${id} ${turn}`).digest('hex'),
};
