// The provider of Macs and the port of their hosts, as the configuration has them.
import { poolNamed } from '../../policy/lookup.ts';
import { macs } from '../../policy/macs.ts';
import { regionalPrice } from '../../policy/offerings.ts';
import type { Config } from '../../policy/schema.ts';
import { type MacCalls, type MacSettings, macHosts, macProvider } from '../../providers/ec2/mac/provider.ts';
import type { PriceOf } from '../../providers/ec2/machine.ts';
import type { NewestImage } from '../../providers/ec2/provider.ts';
import type { Hosts } from '../../scheduler/host-ports.ts';
import type { Provider } from '../../scheduler/ports.ts';
import { clock } from './records.ts';

/** What works with Macs. Empty where nothing is said of AWS. */
export interface MacPorts {
  provider?: Provider;
  hosts?: Hosts;
}

/**
 * There whether or not a pool has Macs: those that left the configuration, and their hosts, cost money until
 * somebody ends them. `url`: where builders reach Callsheet, given by those who launch.
 */
export function macPorts(calls: MacCalls, config: Config, url?: string): MacPorts {
  const { aws, installation } = config;
  if (!aws) return {};
  const settings: MacSettings = {
    calls,
    installation,
    regions: Object.keys(aws.regions),
    imageOf: (pool) => newestImageOf(config, pool),
    subnetsOf: (region) => aws.regions[region]?.vpc?.subnets,
    priceOf: hostPrices(config),
    now: clock.now,
    url,
  };
  return { provider: macProvider(settings), hosts: macHosts(settings) };
}

/** Of hosts by the type of their machine, in the regions of the configuration. */
export function hostPrices({ aws }: Pick<Config, 'aws'>): PriceOf {
  const prices = new Map(Object.values(macs).map(({ type, usdPerHour }) => [String(type), usdPerHour]));
  return (region, type) => {
    const settings = aws?.regions[region];
    const usd = prices.get(type);
    return settings && usd !== undefined ? regionalPrice(usd, settings.priceFactor) : undefined;
  };
}

/** Images that are given by id or parameter stand in the launch template. */
function newestImageOf(config: Config, pool: string): NewestImage | undefined {
  const settings = poolNamed(config, pool);
  if (!settings || !('name' in settings.machine.image)) return undefined;
  const { name, owner } = settings.machine.image;
  return { name, owner, architecture: settings.arch === 'x64' ? 'x86_64_mac' : 'arm64_mac' };
}
