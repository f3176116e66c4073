// The calls of hosts over the AWS SDK. Loaded when the first one is made.
import {
  AllocateHostsCommand,
  CreateReplaceRootVolumeTaskCommand,
  CreateTagsCommand,
  DescribeHostsCommand,
  DescribeReplaceRootVolumeTasksCommand,
  ReleaseHostsCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { CallSettings } from '../calls.ts';
import { allPages, clientsOf, filterList, launchTimeout } from '../sdk.ts';
import type { HostCalls } from './calls.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeHosts.html */
const hostsPerPage = 500;

/** A call that names ids takes no length of pages. */
const unpaged = {};

export function hostCalls(settings: CallSettings): HostCalls {
  const clientOf = clientsOf(settings);
  return {
    async runInstances(region, input) {
      const command = new RunInstancesCommand(input);
      return (await clientOf(region).send(command, { requestTimeout: launchTimeout })).Instances ?? [];
    },
    async allocateHosts(region, input) {
      const command = new AllocateHostsCommand(input);
      return (await clientOf(region).send(command, { requestTimeout: launchTimeout })).HostIds ?? [];
    },
    hosts: (region, wanted) =>
      allPages(
        async (page) => {
          const which =
            'ids' in wanted ? { HostIds: [...wanted.ids] } : { Filter: filterList(wanted.filters) };
          const answer = await clientOf(region).send(new DescribeHostsCommand({ ...page, ...which }));
          return { items: answer.Hosts ?? [], next: answer.NextToken };
        },
        'ids' in wanted ? unpaged : { MaxResults: hostsPerPage },
      ),
    releaseHosts: (region, ids) => clientOf(region).send(new ReleaseHostsCommand({ HostIds: ids })),
    async replaceRoot(region, input) {
      return (await clientOf(region).send(new CreateReplaceRootVolumeTaskCommand(input)))
        .ReplaceRootVolumeTask;
    },
    replaceRootTasks: (region, ids) =>
      allPages(async (page) => {
        const ReplaceRootVolumeTaskIds = [...ids];
        const answer = await clientOf(region).send(
          new DescribeReplaceRootVolumeTasksCommand({ ...page, ReplaceRootVolumeTaskIds }),
        );
        return { items: answer.ReplaceRootVolumeTasks ?? [], next: answer.NextToken };
      }, unpaged),
    async tag(region, id, tags) {
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      await clientOf(region).send(new CreateTagsCommand({ Resources: [id], Tags }));
    },
  };
}
