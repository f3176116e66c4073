// The calls of EC2 that hosts and the machines on them take, in any region, repeated where that may help.
import type {
  AllocateHostsCommandInput,
  CreateReplaceRootVolumeTaskCommandInput,
  Host,
  Instance,
  ReleaseHostsResult,
  ReplaceRootVolumeTask,
  RunInstancesCommandInput,
} from '@aws-sdk/client-ec2';
import {
  type CallSettings,
  type Ec2Calls,
  ec2Calls,
  type Filters,
  launchTries,
  patientCalls,
} from '../calls.ts';

/** Hosts that fit all filters, or those with these ids: EC2 refuses all when one of them is not there. */
export type HostsWanted = { filters: Filters } | { ids: readonly string[] };

export interface HostCalls {
  runInstances(region: string, input: RunInstancesCommandInput): Promise<Instance[]>;
  /** Answers their ids. */
  allocateHosts(region: string, input: AllocateHostsCommandInput): Promise<string[]>;
  hosts(region: string, wanted: HostsWanted): Promise<Host[]>;
  /** What became of each stands in the answer. */
  releaseHosts(region: string, ids: string[]): Promise<ReleaseHostsResult>;
  /** Undefined: EC2 has answered no task. */
  replaceRoot(
    region: string,
    input: CreateReplaceRootVolumeTaskCommandInput,
  ): Promise<ReplaceRootVolumeTask | undefined>;
  replaceRootTasks(region: string, ids: readonly string[]): Promise<ReplaceRootVolumeTask[]>;
  tag(region: string, id: string, tags: Readonly<Record<string, string>>): Promise<void>;
}

/** Each call throws EC2's error. Lists are whole: all pages, or an error. */
export type MacCalls = Omit<Ec2Calls, 'createFleet'> & HostCalls;

/** The calls over the SDK, which is loaded with the first one. `ec2`: those that all machines share. */
export function macCalls(settings: CallSettings, ec2: Ec2Calls = ec2Calls(settings)): MacCalls {
  const patient = patientCalls(async () => (await import('./sdk.ts')).hostCalls(settings));
  return {
    ...ec2,
    runInstances: (region, input) => patient((sdk) => sdk.runInstances(region, input), launchTries),
    allocateHosts: (region, input) => patient((sdk) => sdk.allocateHosts(region, input), launchTries),
    hosts: (region, wanted) => patient((sdk) => sdk.hosts(region, wanted)),
    releaseHosts: (region, ids) => patient((sdk) => sdk.releaseHosts(region, ids)),
    replaceRoot: (region, input) => patient((sdk) => sdk.replaceRoot(region, input), launchTries),
    replaceRootTasks: (region, ids) => patient((sdk) => sdk.replaceRootTasks(region, ids)),
    tag: (region, id, tags) => patient((sdk) => sdk.tag(region, id, tags)),
  };
}
