// The provider `ec2` over the wire: its stand-in, a clock that tests turn, and fresh instances.
import type { Offering, QuotaClass } from '../../shared/contract/offerings.ts';
import { type Ec2Settings, ec2Calls, ec2Provider } from '../../shared/providers/ec2/provider.ts';
import type { Provider } from '../../shared/scheduler/ports.ts';
import type { Launch } from '../../shared/scheduler/records.ts';
import { type Ec2StandIn, ec2StandIn, type StandInSettings } from '../stand-ins/ec2/stand-in.ts';
import { type Operation, operations } from '../stand-ins/ec2/trouble.ts';
import { launchOf } from './conformance.ts';

export const minute = 60_000;
export const installation = 'studio';
export const url = 'https://callsheet.example/api';
export const home = 'us-east-1';
export const abroad = 'eu-west-1';

export interface Stage {
  cloud: Ec2StandIn;
  /** A warm instance. */
  provider: Provider;
  /** An instance that knows nothing yet. */
  fresh(settings?: Partial<Ec2Settings>): Provider;
  /** Milliseconds since 1970. Tests set it. */
  clock: { now: number };
  /** A launch of `n` machines, asked for now. */
  launch(n: number, rung?: number): Launch;
  /** Ids of what the provider lists, sorted. */
  ids(provider?: Provider): Promise<string[]>;
  /** Starts `n` machines of the installation, as launches of one machine each would. Answers their ids. */
  crowd(n: number): string[];
  /** The calls since the last question. */
  spent(): Partial<Record<Operation, number>>;
  close(): Promise<void>;
}

export const prices: Record<string, number> = { 'g4dn.xlarge': 0.526, 'g6.xlarge': 0.8048, 'm7i.large': 0.1 };
const quotas: Record<string, QuotaClass> = { 'm7i.large': 'standard' };

/** A rung: two types of GPU machines in two zones. */
export const offerings = (
  market: Offering['market'],
  region = home,
  types = ['g4dn.xlarge', 'g6.xlarge'],
  zones = ['a', 'b'],
): Offering[] =>
  types.flatMap((type) =>
    zones.map((letter) => ({
      region,
      zone: `${region}${letter}`,
      market,
      type,
      quota: quotas[type] ?? 'g',
      vCpus: 4,
      usdPerHour: prices[type] ?? 1,
    })),
  );

/** The ladder of the pool `linux`: spot, on demand, on demand elsewhere. */
export const ladder = [offerings('spot'), offerings('on-demand'), offerings('on-demand', abroad)];

export const zones = {
  [home]: [`${home}a`, `${home}b`],
  [abroad]: [`${abroad}a`, `${abroad}b`],
};

export async function stage(standIn: Partial<StandInSettings> = {}): Promise<Stage> {
  const clock = { now: Date.parse('2026-11-21T12:00:00Z') };
  const now = () => clock.now;
  const cloud = await ec2StandIn({ now, zones, ...standIn });
  const settings: Ec2Settings = {
    calls: ec2Calls({ endpoint: cloud.url, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }),
    installation,
    regions: [home, abroad],
    offeringsOf: (_, rung) => ladder[rung] ?? [],
    promiseOf: () => '1 14745 cuda optix',
    imageOf: () => undefined,
    subnetsOf: () => undefined,
    priceOf: (region, type) => (region === home || region === abroad ? prices[type] : undefined),
    url,
    now,
  };
  const fresh = (other: Partial<Ec2Settings> = {}) => ec2Provider({ ...settings, ...other });
  const provider = fresh();
  return {
    cloud,
    provider,
    fresh,
    clock,
    launch: (n, rung = 0) => ({
      ...launchOf(n, provider.request({ pool: 'linux', rung, n })),
      askedAt: clock.now,
    }),
    ids: async (by = provider) => (await by.list()).map(({ id }) => id).sort(),
    crowd: (n) => Array.from({ length: n }, (_, index) => plant(cloud, `linux-${index + 1}`)),
    spent: meter(cloud),
    close: cloud.close,
  };
}

/** Of the installation's machines. */
export const tags = { 'callsheet:installation': installation };

const plant = (cloud: Ec2StandIn, launch: string): string =>
  cloud.plant({ ...tags, 'callsheet:launch': launch }).id;

export function meter(cloud: Ec2StandIn): Stage['spent'] {
  let before = { ...cloud.calls };
  return () => {
    const counts = operations.map((name) => [name, cloud.calls[name] - before[name]] as const);
    before = { ...cloud.calls };
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  };
}
