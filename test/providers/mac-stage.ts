// The provider `mac` and its hosts over the wire: the stand-in of EC2, and a clock that tests turn.
import { offeringKey } from '../../shared/contract/offerings.ts';
import {
  type MacCalls,
  type MacSettings,
  macCalls,
  macHosts,
  macProvider,
} from '../../shared/providers/ec2/mac/provider.ts';
import { ec2Calls, ec2Provider } from '../../shared/providers/ec2/provider.ts';
import type { Hosts } from '../../shared/scheduler/host-ports.ts';
import type { Host } from '../../shared/scheduler/host-records.ts';
import type { Provider, Wanted } from '../../shared/scheduler/ports.ts';
import type { Builder, Launch } from '../../shared/scheduler/records.ts';
import { type Ec2StandIn, ec2StandIn, type StandInSettings } from '../stand-ins/ec2/stand-in.ts';
import { launchOf } from './conformance.ts';
import { abroad, home, installation, meter, type Stage, url, zones } from './ec2-stage.ts';

export const key = (zone: string, type = 'mac2.metal'): string =>
  offeringKey({ region: zone.slice(0, -1), market: 'on-demand', type, zone });

export const hostTags = { 'callsheet:installation': installation, 'callsheet:pool': 'mac' };

export interface MacStage extends Pick<Stage, 'cloud' | 'clock' | 'spent' | 'close'> {
  calls: MacCalls;
  provider: Provider;
  hosts: Hosts;
  /** The provider of the other machines, over the same cloud. */
  ec2: Provider;
  /** Instances that know nothing yet. */
  fresh(settings?: Partial<MacSettings>): { provider: Provider; hosts: Hosts };
  /** A host that is there and empty, as a launch names it. */
  host(zone?: string): NonNullable<Wanted['on']>;
  /** A launch on a host, asked for now. Default: a new one. */
  launch(on?: Wanted['on']): Launch;
  /** Starts a machine and answers its record. */
  builder(changes?: Partial<Builder>): Promise<Builder>;
}

export const prices: Record<string, number> = { 'mac2.metal': 0.65, 'mac-m4.metal': 1.23 };

export async function macStage(standIn: Partial<StandInSettings> = {}): Promise<MacStage> {
  const clock = { now: Date.parse('2026-11-21T12:00:00Z') };
  const now = () => clock.now;
  const cloud: Ec2StandIn = await ec2StandIn({ now, zones, ...standIn });
  const calls = callsTo(cloud);
  const settings = {
    calls,
    installation,
    regions: [home, abroad],
    imageOf: () => undefined,
    subnetsOf: () => undefined,
    priceOf: (_, type) => prices[type],
    url,
    now,
  } satisfies MacSettings;
  const fresh: MacStage['fresh'] = (other = {}) => ({
    provider: macProvider({ ...settings, ...other }),
    hosts: macHosts({ ...settings, ...other }),
  });
  const { provider, hosts } = fresh();
  const ec2 = ec2Provider({ ...settings, offeringsOf: () => [], promiseOf: () => '0', priceOf: () => 1 });
  const host = (zone = `${home}a`) => {
    const { id } = cloud.plantHost(hostTags, { region: zone.slice(0, -1), zone });
    return { hostId: id, offering: key(zone) };
  };
  const launch = (on: Wanted['on'] = host()): Launch => {
    const request = provider.request({ pool: 'mac', rung: 0, n: 1, ...(on && { on }) });
    return { ...launchOf(1, request), pool: 'mac', askedAt: clock.now };
  };
  return {
    cloud,
    clock,
    calls,
    provider,
    hosts,
    ec2,
    fresh,
    host,
    launch,
    async builder(changes = {}) {
      const asked = launch();
      const [id = ''] = (await provider.launch(asked)).started;
      cloud.tick();
      return { ...builderOf(id, asked), ...changes };
    },
    spent: meter(cloud),
    close: cloud.close,
  };
}

/** Those of machines and of Macs, over the wire. */
function callsTo({ url: endpoint }: Ec2StandIn) {
  const access = { endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const ec2 = ec2Calls(access);
  return { ...ec2, ...macCalls(access, ec2) };
}

const builderOf = (id: string, launch: Launch): Builder => ({
  kind: 'builder',
  pool: 'mac',
  id,
  version: 1,
  phase: 'resetting',
  provider: 'mac',
  rung: 0,
  launch: launch.id,
  launchedAt: launch.askedAt,
  turn: 1,
  count: 1,
  usdPerHour: 0,
  offering: key(`${home}a`),
  reset: { askedAt: launch.askedAt },
});

let number = 0;

/** The record of a host that is asked for now. */
export function hostOf({ clock }: Pick<MacStage, 'clock'>, changes: Partial<Host> = {}): Host {
  number += 1;
  return {
    kind: 'host',
    pool: 'mac',
    id: `mac-${number}`,
    version: 1,
    phase: 'asked',
    rung: 0,
    offering: key(`${home}a`),
    usdPerHour: 0.65,
    askedAt: clock.now,
    unbilledMs: 0,
    served: [],
    earlier: { jobs: 0, ms: 0 },
    reservedUntil: clock.now,
    reserved: {},
    ...changes,
  };
}
