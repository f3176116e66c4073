// Macs and hosts that have left the configuration, through the functions as Lambda wires them, against a
// stand-in of AWS: nobody asks for more, and all of them end.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDispatcher } from '../../../functions/dispatcher/dispatcher.ts';
import { createReaper } from '../../../functions/reaper/reaper.ts';
import type { Config } from '../../../shared/policy/schema.ts';
import { dispatcherPorts, reaperPorts } from '../../../shared/runtime/aws/ports.ts';
import { ringsOf } from '../../functions/crew.ts';
import { type LoopbackCloud, loopbackCloud } from './cloud.ts';
import { config, ec2Config } from './installation.ts';

const hour = 3_600_000;
/** Only builds are left, in an installation that says where machines were. */
const builds: Config = { ...config, aws: ec2Config.aws };

let cloud: LoopbackCloud;
beforeEach(async () => {
  cloud = await loopbackCloud();
  for (const [name, value] of Object.entries(cloud.environment)) vi.stubEnv(name, value);
  for (const how of ['log', 'info', 'warn', 'error'] as const)
    vi.spyOn(console, how).mockImplementation(() => undefined);
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await cloud.close();
});

/** A host of a pool that nobody knows any more, allocated some hours ago. */
function plant(id: string, hours: number) {
  const tags = { 'callsheet:installation': 'test', 'callsheet:pool': 'mac', 'callsheet:launch': id };
  const host = cloud.ec2.plantHost(tags);
  host.allocatedAt = Date.now() - hours * hour;
  return host;
}

/** One sweep, then all rings until there are none. */
async function minute(configured: Config): Promise<void> {
  const { environment, rings } = cloud;
  await createReaper(reaperPorts(environment, configured))();
  const dispatcher = createDispatcher(dispatcherPorts(environment, configured));
  while (rings.length > 0) {
    const sentNow = rings.splice(0).map((ring) => ({ ...JSON.parse(ring), sentAt: Date.now() }));
    await dispatcher(ringsOf(sentNow.map((ring) => JSON.stringify(ring))));
  }
}

describe.each([
  ['keeps machines of EC2', ec2Config],
  ['keeps builds only', builds],
])('in an installation that %s', (_, configured) => {
  it('a host goes when its day is over, and not before', async () => {
    const [old, young] = [plant('mac-3', 25), plant('mac-4', 2)];
    await minute(configured);
    expect([old.state, young.state]).toEqual(['released', 'available']);
    await minute(configured);
    expect([old.state, young.state]).toEqual(['released', 'available']);
    young.allocatedAt = Date.now() - 25 * hour;
    await minute(configured);
    expect(young.state).toBe('released');
    expect(cloud.calls).not.toContain('AllocateHosts');
  });

  it.each(['DescribeHosts', 'DescribeInstances'])('a sweep calls %s once for each region', async (list) => {
    plant('mac-3', 2);
    cloud.calls.length = 0;
    await createReaper(reaperPorts(cloud.environment, configured))();
    expect(cloud.calls.filter((call) => call === list)).toHaveLength(1);
  });
});
