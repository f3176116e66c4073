// What machines leave behind as a configuration makes it: for the reaper only, where AWS is spoken of.
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parseConfig } from '../../../shared/policy/schema.ts';
import { builderApiPorts, dispatcherPorts, reaperPorts } from '../../../shared/runtime/aws/ports.ts';
import { type LoopbackCloud, loopbackCloud } from './cloud.ts';
import { config, zones } from './installation.ts';

const region = 'eu-west-1';

let cloud: LoopbackCloud;
beforeAll(async () => {
  cloud = await loopbackCloud();
  for (const [name, value] of Object.entries(cloud.environment)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await cloud.close();
});

/** No pool has machines any more. */
const late = parseConfig({
  installation: 'test',
  github: { appId: '1', installations: { film: '11' } },
  aws: { region, regions: { [region]: { zones: zones[region], priceFactor: 2 } } },
  pools: { gpu: { labels: ['gpu'], os: 'linux', arch: 'x64', maximum: 1, ladder: [{ provider: 'local' }] } },
  projects: { color: { repositories: ['film/color'], pools: ['gpu'] } },
});

it('is listed at the prices of the region, and deleted', async () => {
  const tags = { 'callsheet:installation': 'test' };
  const { id } = cloud.ec2.plantBelonging('volume', tags);
  const { leftovers } = reaperPorts(cloud.environment, late);
  const [left, ...others] = (await leftovers?.list()) ?? [];
  expect(left).toMatchObject({ kind: 'volume', id, place: region });
  expect(others).toEqual([]);
  // 100 GiB of gp3 at 0.08 US dollars a month each, twice.
  expect((left?.usdPerHour ?? 0) * 730).toBeCloseTo(16, 2);
  if (left) await leftovers?.remove(left);
  expect(await leftovers?.list()).toEqual([]);
});

it('is looked for by nobody else, and not where nothing is said of AWS', () => {
  expect(reaperPorts(cloud.environment, config).leftovers).toBeUndefined();
  expect(dispatcherPorts(cloud.environment, late).leftovers).toBeUndefined();
  expect(builderApiPorts(cloud.environment, late).leftovers).toBeUndefined();
});
