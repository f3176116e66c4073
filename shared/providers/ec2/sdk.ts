// The calls of EC2 over the AWS SDK, with a client for each region. Loaded when the first one is made.
import {
  CreateFleetCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  EC2Client,
  type Filter,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { CallSettings, Ec2Calls, Filters } from './calls.ts';

/** A time-out fits several calls into the 25 seconds of a pass. Tries are counted by `calls.ts`. */
const connectionTimeout = 2000;
const requestTimeout = 5000;

/** EC2 answers an instant fleet when it has tried all offerings. */
const fleetTimeout = 15_000;

/** Without pages EC2 throttles sooner. */
const perPage = 1000;

export function sdkCalls(settings: CallSettings): Ec2Calls {
  const clients = new Map<string, EC2Client>();
  function clientOf(region: string): EC2Client {
    const client = clients.get(region) ?? newClient(settings, region);
    clients.set(region, client);
    return client;
  }
  return {
    createFleet: (region, input) =>
      clientOf(region).send(new CreateFleetCommand(input), { requestTimeout: fleetTimeout }),
    instances: (region, filters) =>
      allPages(async (page) => {
        const answer = await clientOf(region).send(
          new DescribeInstancesCommand({ ...page, Filters: filterList(filters) }),
        );
        const items = (answer.Reservations ?? []).flatMap(({ Instances = [] }) => Instances);
        return { items, next: answer.NextToken };
      }),
    subnets: (region, filters) =>
      allPages(async (page) => {
        const answer = await clientOf(region).send(
          new DescribeSubnetsCommand({ ...page, Filters: filterList(filters) }),
        );
        return { items: answer.Subnets ?? [], next: answer.NextToken };
      }),
    images: (region, owner, filters) =>
      allPages(async (page) => {
        const answer = await clientOf(region).send(
          new DescribeImagesCommand({ ...page, Owners: [owner], Filters: filterList(filters) }),
        );
        return { items: answer.Images ?? [], next: answer.NextToken };
      }),
    async terminate(region, ids) {
      await clientOf(region).send(new TerminateInstancesCommand({ InstanceIds: ids }));
    },
  };
}

const newClient = ({ endpoint, credentials }: CallSettings, region: string): EC2Client =>
  new EC2Client({
    region,
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials && { credentials }),
    maxAttempts: 1,
    requestHandler: { connectionTimeout, requestTimeout, throwOnRequestTimeout: true },
  });

const filterList = (filters: Filters): Filter[] =>
  Object.entries(filters).map(([Name, values]) => ({ Name, Values: [...values] }));

async function allPages<T>(
  read: (page: {
    MaxResults: number;
    NextToken?: string;
  }) => Promise<{ items: T[]; next?: string | undefined }>,
): Promise<T[]> {
  const all: T[] = [];
  let NextToken: string | undefined;
  do {
    const { items, next } = await read({ MaxResults: perPage, ...(NextToken && { NextToken }) });
    all.push(...items);
    NextToken = next;
  } while (NextToken);
  return all;
}
