// The calls of volumes and network interfaces over the AWS SDK. Loaded when the first one is made.
import {
  DeleteNetworkInterfaceCommand,
  DeleteVolumeCommand,
  DescribeNetworkInterfacesCommand,
  DescribeVolumesCommand,
} from '@aws-sdk/client-ec2';
import type { CallSettings } from '../calls.ts';
import { allPages, clientsOf, filterList } from '../sdk.ts';
import type { LeftoverCalls } from './calls.ts';

export function sdkCalls(settings: CallSettings): LeftoverCalls {
  const clientOf = clientsOf(settings);
  return {
    volumes: (region, filters) =>
      allPages(async (page) => {
        const command = new DescribeVolumesCommand({ ...page, Filters: filterList(filters) });
        const answer = await clientOf(region).send(command);
        return { items: answer.Volumes ?? [], next: answer.NextToken };
      }),
    interfaces: (region, filters) =>
      allPages(async (page) => {
        const command = new DescribeNetworkInterfacesCommand({ ...page, Filters: filterList(filters) });
        const answer = await clientOf(region).send(command);
        return { items: answer.NetworkInterfaces ?? [], next: answer.NextToken };
      }),
    async deleteVolume(region, id) {
      await clientOf(region).send(new DeleteVolumeCommand({ VolumeId: id }));
    },
    async deleteInterface(region, id) {
      await clientOf(region).send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id }));
    },
  };
}
