// The functions at work on EC2, with its events: a spot rung, then an on-demand one, then one without GPUs.
import { createHash } from 'node:crypto';
import { type CloudEvent, createCloudEvents } from '../../functions/cloud-events/cloud-events.ts';
import { ec2Events } from '../../functions/cloud-events/ec2.ts';
import type { PoolInput } from '../../shared/policy/schema.ts';
import type { LaunchResult, Provider, Sighting } from '../../shared/scheduler/ports.ts';
import { input } from '../operations/fakes.ts';
import { type MemoryProvider, memoryProvider } from '../providers/memory.ts';
import { type Crew, crew } from './crew.ts';

/** The instance that launch `gpu-1` starts first. */
export const instance = (name = 'memory-gpu-1-0'): string =>
  `i-${createHash('sha256').update(name).digest('hex').slice(0, 17)}`;

export const runnerOf = (id: string): string => `callsheet-test-${id}-1-1`;

export const spotOffering = 'us-east-1/spot/g4dn.xlarge/us-east-1a';

const types = ['g4dn.xlarge'];

export interface Ec2Crew extends Crew {
  /** EC2 says that an instance has another state. */
  becomes(id: string, state: string): Promise<void>;
  /** EC2 says that it takes an instance back. */
  warns(id: string): Promise<void>;
  hears(event: CloudEvent): Promise<void>;
}

/** `pool`: what is different in pool `gpu`. */
export function ec2Crew(pool: Partial<PoolInput> = {}): Ec2Crew {
  const ladder: PoolInput['ladder'] = [
    { provider: 'ec2', market: 'spot', types },
    { provider: 'ec2', types },
    { provider: 'codebuild', size: 'medium' },
  ];
  const pools = { ...input.pools, gpu: { ...input.pools.gpu, ladder, ...pool } };
  const film = crew({ aws: { region: 'us-east-1' }, pools });
  film.ports.providers.ec2 = instancesOf(film.cloud);
  film.ports.providers.local = memoryProvider(film.ports.clock.now);
  const hears = createCloudEvents(film.ports, ec2Events(film.ports.config));
  const at = () => new Date(film.ports.clock.now()).toISOString();
  return {
    ...film,
    hears,
    async becomes(id, state) {
      if (state === 'shutting-down' || state === 'terminated') film.cloud.end(named(film.cloud, id));
      await hears(stateChange(id, state, { time: at() }));
    },
    warns: (id) => hears(interruption(id, { time: at() })),
  };
}

/** The provider in memory, whose machines have ids as EC2 gives them. */
function instancesOf(cloud: MemoryProvider): Provider {
  const asInstance = (one: Sighting): Sighting => ({ ...one, id: instance(one.id) });
  const terms = { offering: spotOffering, usdPerHour: 0.526 };
  return {
    ...cloud,
    async launch(launch, again): Promise<LaunchResult> {
      const result = await cloud.launch(launch, again);
      const started = result.started.map(instance);
      const isSpot = launch.rung === 0;
      return { ...result, started, ...(isSpot && { terms: termsOf(started, terms) }) };
    },
    list: async () => (await cloud.list()).map(asInstance),
    async look(id) {
      const found = await cloud.look(named(cloud, id));
      return found && asInstance(found);
    },
    stop: (ids) => cloud.stop(ids.map((id) => named(cloud, id))),
  };
}

/** The name of an instance in the provider in memory. */
const named = (cloud: MemoryProvider, id: string): string =>
  [...cloud.machines.keys()].find((name) => instance(name) === id) ?? id;

const termsOf = (ids: string[], terms: { offering: string; usdPerHour: number }) =>
  Object.fromEntries(ids.map((id) => [id, terms]));

const base = (id: string) => ({
  version: '0',
  id: '7bf73129-1428-4cd3-a780-95db273d1602',
  source: 'aws.ec2',
  account: '123456789012',
  time: '2026-11-21T12:00:00Z',
  region: 'us-east-1',
  resources: [`arn:aws:ec2:us-east-1:123456789012:instance/${id}`],
});

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instance-state-changes.html */
export const stateChange = (id: string, state: string, more: Partial<CloudEvent> = {}): CloudEvent => ({
  ...base(id),
  'detail-type': 'EC2 Instance State-change Notification',
  detail: { 'instance-id': id, state },
  ...more,
});

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html */
export const interruption = (id: string, more: Partial<CloudEvent> = {}): CloudEvent => ({
  ...base(id),
  'detail-type': 'EC2 Spot Instance Interruption Warning',
  detail: { 'instance-id': id, 'instance-action': 'terminate' },
  ...more,
});
