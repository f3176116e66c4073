// What machines of EC2 leave behind, in the regions of the configuration.
import type { Config } from '../../policy/schema.ts';
import { volumePrice } from '../../policy/volumes.ts';
import { ec2Leftovers, leftoverCalls } from '../../providers/ec2/leftovers/leftovers.ts';
import type { Leftovers } from '../../scheduler/ports.ts';
import type { Cloud } from './secrets.ts';

/** Undefined where nothing is said of AWS. */
export const ec2LeftoversOf = (cloud: Cloud, { aws, installation }: Config): Leftovers | undefined =>
  aws &&
  ec2Leftovers({
    calls: leftoverCalls({ endpoint: cloud.AWS_ENDPOINT_URL }),
    installation,
    regions: Object.keys(aws.regions),
    priceOf: (region, disk) => volumePrice(disk, aws.regions[region]?.priceFactor ?? 1),
  });
