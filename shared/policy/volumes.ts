// What volumes of EBS cost.
import { regionalPrice } from './offerings.ts';

/** `type`: `gp3`. `throughput`: MiB/s. */
export interface VolumeSize {
  type: string;
  gibibytes: number;
  iops: number;
  throughput: number;
}

const hoursAMonth = 730;

/**
 * US dollars for a GiB and month in us-east-1. Told by heart, but for gp3, which several price lists have.
 * https://aws.amazon.com/ebs/pricing/
 */
const perGiB = new Map([
  ['gp3', 0.08],
  ['gp2', 0.1],
  ['io1', 0.125],
  ['io2', 0.125],
  ['st1', 0.045],
  ['sc1', 0.015],
  ['standard', 0.05],
]);

/** What is in the price of gp3, and what a month of more costs. IOPS of io1 and io2 are not counted. */
const gp3 = { iops: 3000, throughput: 125, usdPerIops: 0.005, usdPerThroughput: 0.04 };

/** US dollars for an hour. A type that is not known counts as gp3. */
export function volumePrice({ type, gibibytes, iops, throughput }: VolumeSize, priceFactor: number): number {
  const size = gibibytes * (perGiB.get(type) ?? 0.08);
  const speed =
    type === 'gp3'
      ? Math.max(0, iops - gp3.iops) * gp3.usdPerIops +
        Math.max(0, throughput - gp3.throughput) * gp3.usdPerThroughput
      : 0;
  return regionalPrice((size + speed) / hoursAMonth, priceFactor);
}
