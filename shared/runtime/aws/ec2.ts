// The provider of EC2 machines, as the configuration has them.
import { gpuPromise } from '../../contract/machine.ts';
import { instanceTypes } from '../../policy/instances.ts';
import { poolNamed } from '../../policy/lookup.ts';
import { offeringsOf, pricedTypes, promiseOf } from '../../policy/offerings.ts';
import type { Config } from '../../policy/schema.ts';
import type { PriceOf } from '../../providers/ec2/machine.ts';
import { type Ec2Calls, ec2Provider, type NewestImage } from '../../providers/ec2/provider.ts';
import type { Provider } from '../../scheduler/ports.ts';
import { clock } from './records.ts';

/**
 * Under its name; nothing where nothing is said of AWS. It is there whether or not a pool has such machines:
 * those that left the configuration end too. `url`: where builders reach Callsheet, given by those who
 * launch.
 */
export function ec2Providers(calls: Ec2Calls, config: Config, url?: string): { ec2?: Provider } {
  const { aws, installation } = config;
  if (!aws) return {};
  const ec2 = ec2Provider({
    calls,
    installation,
    regions: Object.keys(aws.regions),
    offeringsOf: (pool, rung) => offeringsOf(config, pool, rung),
    promiseOf: (pool, rung) => promiseIn(config, pool, rung),
    imageOf: (pool) => newestImageOf(config, pool),
    subnetsOf: (region) => aws.regions[region]?.vpc?.subnets,
    priceOf: ec2Prices(config),
    now: clock.now,
    url,
  });
  return { ec2 };
}

/** Prices in the regions of the configuration, also of types that no rung has any more. */
export function ec2Prices({ aws }: Pick<Config, 'aws'>): PriceOf {
  const prices = new Map(
    Object.entries(aws?.regions ?? {}).flatMap(([region, { priceFactor }]) =>
      pricedTypes(instanceTypes, priceFactor).map((each) => [`${region} ${each.type}`, each.usdPerHour]),
    ),
  );
  return (region, type) => prices.get(`${region} ${type}`);
}

function promiseIn(config: Config, pool: string, rung: number): string {
  const settings = poolNamed(config, pool);
  const found = settings?.ladder[rung];
  if (!settings || found?.provider !== 'ec2') throw new Error(`pool ${pool} has no rung ${rung} of EC2`);
  return gpuPromise(promiseOf(settings, found));
}

/** Images that are given by id or parameter stand in the launch template. */
function newestImageOf(config: Config, pool: string): NewestImage | undefined {
  const settings = poolNamed(config, pool);
  if (!settings || !('name' in settings.machine.image)) return undefined;
  const { name, owner } = settings.machine.image;
  return { name, owner, architecture: settings.arch === 'x64' ? 'x86_64' : 'arm64' };
}
