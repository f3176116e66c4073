// The functions at work on a market of EC2 machines: two pools with the same spot rung, on demand, and CPUs.
import { recordGone } from '../../shared/operations/record.ts';
import type { PoolInput } from '../../shared/policy/schema.ts';
import type { Ledger, Memory } from '../../shared/scheduler/shared-records.ts';
import { input } from '../operations/fakes.ts';
import { type Market, market } from '../operations/market.ts';
import { memoryProvider } from '../providers/memory.ts';
import { type Crew, crew } from './crew.ts';

export const minute = 60_000;

const types = ['g4dn.xlarge'];
export const spot = 'us-east-1/spot';
export const onDemand = 'us-east-1/on-demand';
export const [zoneA, zoneB] = ['us-east-1a', 'us-east-1b'] as const;
/** The key of an offering of the one type that is asked for. */
export const keyOf = (shelf: string, zone: string): string => `${shelf}/g4dn.xlarge/${zone}`;

export interface MarketCrew extends Crew {
  market: Market;
  /** The day's ledger, in US dollars. Zeros where there is none. */
  money(day?: string): Promise<{ open: number; settled: Record<string, number> }>;
  marks(): Promise<Memory['empty']>;
  /** A machine ends, and its cloud's event arrives. */
  gone(id: string, pool?: string): Promise<void>;
}

export interface Changes {
  spotPatienceMinutes?: number;
  pool?: Partial<PoolInput>;
  maxUsdPerDay?: number;
  /** Of project `color`. */
  projectUsdPerDay?: number;
}

/** A builder costs at most 0.526 USD an hour for 1 h: 60 minutes in all. */
export function marketCrew(changes: Changes = {}): MarketCrew {
  const { spotPatienceMinutes = 0, pool, maxUsdPerDay = 1000, projectUsdPerDay = 1000 } = changes;
  const ladder: PoolInput['ladder'] = [
    { provider: 'ec2', market: 'spot', types, patienceMinutes: spotPatienceMinutes },
    { provider: 'ec2', types },
    { provider: 'codebuild', size: 'medium' },
  ];
  const same = { ladder, jobLimitMinutes: 40, maximum: 300, ...pool };
  const { gpu, xl } = input.pools;
  const { color, volume } = input.projects;
  const film = crew({
    aws: { region: 'us-east-1', regions: { 'us-east-1': { zones: [zoneA, zoneB] } } },
    pools: { gpu: { ...gpu, ...same }, xl: { ...xl, ...same } },
    projects: {
      color: { ...color, concurrency: 300, maxUsdPerDay: projectUsdPerDay },
      volume: { ...volume, maxUsdPerDay: 1000 },
    },
    maxUsdPerDay,
  });
  const { ports, store } = film;
  const ec2 = market(ports.config, ports.clock.now);
  ports.providers = { ec2, codebuild: memoryProvider(ports.clock.now) };
  return {
    ...film,
    market: ec2,
    marks: async () => (await store.open.get('+', 'memory', 'memory'))?.empty ?? {},
    money: async (day = '2026-11-21') => inDollars(await store.open.get('+', 'ledger', day)),
    async gone(id, of = 'gpu') {
      ec2.end(id);
      const launch = id.replace(/^i-(.*)-\d+$/, '$1');
      await recordGone(ports, { pool: of, launch, id, provider: 'ec2' });
    },
  };
}

/** Answers rings until there are none. */
export async function settle(film: Crew, pool = 'gpu'): Promise<void> {
  do {
    film.rings.length = 0;
    await film.pass(pool);
  } while (film.rings.includes(pool));
}

const million = 1_000_000;

function inDollars(ledger: Ledger | undefined): Awaited<ReturnType<MarketCrew['money']>> {
  const open = Object.values(ledger?.open ?? {}).flatMap(({ microUsd }) => Object.values(microUsd));
  const settled = Object.entries(ledger?.settled ?? {}).map(([name, sum]) => [name, sum / million]);
  return { open: open.reduce((sum, one) => sum + one, 0) / million, settled: Object.fromEntries(settled) };
}
