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
export const launchTimeout = 15_000;

/** Without pages EC2 throttles sooner. */
const perPage = 1000;

export function sdkCalls(settings: CallSettings): Ec2Calls {
  const clientOf = clientsOf(settings);
  return {
    createFleet: (region, input) =>
      clientOf(region).send(new CreateFleetCommand(input), { requestTimeout: launchTimeout }),
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

/** One client for each region, made when it is first asked. */
export function clientsOf(settings: CallSettings): (region: string) => EC2Client {
  const clients = new Map<string, EC2Client>();
  return (region) => {
    const client = clients.get(region) ?? newClient(settings, region);
    clients.set(region, client);
    return client;
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

export const filterList = (filters: Filters): Filter[] =>
  Object.entries(filters).map(([Name, values]) => ({ Name, Values: [...values] }));

export interface Page {
  MaxResults?: number;
  NextToken?: string;
}

/** What has more pages than this has no end. */
const mostPages = 1000;

/** `first`: how the first page is asked for. */
export async function allPages<T>(
  read: (page: Page) => Promise<{ items: T[]; next?: string | undefined }>,
  first: Page = { MaxResults: perPage },
): Promise<T[]> {
  const all: T[] = [];
  let NextToken: string | undefined;
  for (let pages = 0; pages < mostPages; pages += 1) {
    const { items, next } = await read({ ...first, ...(NextToken && { NextToken }) });
    all.push(...items);
    if (!next) return all;
    NextToken = next;
  }
  throw new Error(`EC2 answers more than ${mostPages} pages`);
}
