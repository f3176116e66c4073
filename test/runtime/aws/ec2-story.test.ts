// A job's machine of EC2, as webhook and dispatcher ask for it on AWS: each call is counted on the wire.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDispatcher } from '../../../functions/dispatcher/dispatcher.ts';
import { createReaper } from '../../../functions/reaper/reaper.ts';
import { createWebhook } from '../../../functions/webhook/webhook.ts';
import { dispatcherPorts, reaperPorts } from '../../../shared/runtime/aws/ports.ts';
import { logLine } from '../../../shared/runtime/log.ts';
import { webhookRuntime } from '../../../shared/runtime/webhook.ts';
import { ringsOf } from '../../functions/crew.ts';
import { type LoopbackCloud, loopbackCloud } from './cloud.ts';
import { queued } from './delivery.ts';
import { ec2Config as config, publicUrl } from './installation.ts';

let cloud: LoopbackCloud;
let functions: ReturnType<typeof wire>;
const said: string[] = [];

beforeAll(async () => {
  cloud = await loopbackCloud();
  for (const [name, value] of Object.entries(cloud.environment)) vi.stubEnv(name, value);
  for (const how of ['log', 'info', 'warn', 'error'] as const)
    vi.spyOn(console, how).mockImplementation((...words) => void said.push(words.join(' ')));
  functions = wire(cloud);
});

afterAll(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await cloud.close();
});

const wire = ({ environment }: LoopbackCloud) => ({
  webhook: createWebhook({ config, ...webhookRuntime(environment, config), log: logLine }),
  dispatcher: createDispatcher(dispatcherPorts(environment, config)),
  reaper: createReaper(reaperPorts(environment, config)),
});

/** The dispatcher's calls of AWS for a job, up to the fleet. Secrets are known after the first. */
async function callsFor(id: number): Promise<string[]> {
  expect(await functions.webhook(queued(id))).toMatchObject({ statusCode: 202 });
  const before = cloud.calls.length;
  await functions.dispatcher(ringsOf([JSON.stringify({ pool: 'gpu', sentAt: Date.now() })]));
  const calls = cloud.calls.slice(before).filter((call) => call !== 'GetParameter');
  return calls.slice(0, calls.indexOf('CreateFleet') + 1);
}

describe('a job', () => {
  it('gets a machine by five calls of AWS, and one for the subnets when they are not known', async () => {
    expect(await callsFor(1)).toEqual([
      ...['Query', 'Query', 'PutItem', 'PutItem'],
      ...['DescribeSubnets', 'CreateFleet'],
    ]);
    expect(await callsFor(2)).toEqual(['Query', 'Query', 'PutItem', 'PutItem', 'CreateFleet']);
    expect(cloud.ec2.machines().map(({ tags }) => tags['callsheet:url'])).toEqual([publicUrl, publicUrl]);
  });

  it('has a machine that the reaper knows as ours', async () => {
    await functions.reaper();
    expect(said.at(-1)).toContain('"problems":[]');
    expect(cloud.calls).toContain('DescribeInstances');
    expect(cloud.calls).not.toContain('TerminateInstances');
  });
});
