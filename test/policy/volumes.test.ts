// Prices of volumes: by size, by speed beyond what is in the price, and by the region's factor.
import { expect, it } from 'vitest';
import { volumePrice } from '../../shared/policy/volumes.ts';

const gp3 = { type: 'gp3', gibibytes: 100, iops: 3000, throughput: 125 };
const aMonth = (usdPerHour: number) => Math.round(usdPerHour * 730 * 100) / 100;

it.each([
  ['100 GiB of gp3', gp3, 1, 8],
  ['the disk of a Mac', { ...gp3, throughput: 250 }, 1, 13],
  ['more IOPS', { ...gp3, iops: 4000 }, 1, 13],
  ['a region that is dearer', gp3, 1.25, 10],
  ['another type', { type: 'gp2', gibibytes: 100, iops: 300, throughput: 0 }, 1, 10],
  ['a type that is not known', { type: 'gp9', gibibytes: 100, iops: 9000, throughput: 900 }, 1, 8],
])('%s', (_, disk, factor, usd) => {
  expect(aMonth(volumePrice(disk, factor))).toBeCloseTo(usd, 1);
});
