// The five operations of EC2 that Callsheet calls, over the stand-in's machines.
import type * as z from 'zod/mini';
import { fleets } from './fleets.ts';
import { inputs, type Paged } from './inputs.ts';
import { refuse } from './refused.ts';
import type { Operation, Trouble } from './trouble.ts';
import type { Content, Form } from './wire.ts';
import type { Machine, Tags, Time, World } from './world.ts';

export interface StandInImage {
  id: string;
  name: string;
  owner: string;
  architecture: 'x86_64' | 'arm64';
  /** ISO 8601. */
  createdAt: string;
}

export interface Place {
  world: World;
  trouble: Trouble;
  now: () => Time;
  /** By zone. */
  subnets: (region: string) => ReadonlyMap<string, string>;
  subnetTags: Tags;
  images: readonly StandInImage[];
  /** Names of launch templates, the same in all regions. Undefined: all that are asked for exist. */
  templates: readonly string[] | undefined;
}

/** Does one call. Throws `Refused`. */
export type Perform = (operation: Operation, region: string, form: Form) => { [name: string]: Content };

export function performer(place: Place): Perform {
  const createFleet = fleets(place);
  return (operation, region, form) => {
    place.world.tick();
    switch (operation) {
      case 'CreateFleet':
        return createFleet(region, parse(inputs.CreateFleet, form));
      case 'DescribeInstances':
        return describeInstances(place, region, parse(inputs.DescribeInstances, form));
      case 'TerminateInstances':
        return terminate(place, region, parse(inputs.TerminateInstances, form).InstanceId);
      case 'DescribeSubnets':
        return describeSubnets(place, region, parse(inputs.DescribeSubnets, form));
      case 'DescribeImages':
        return describeImages(place, parse(inputs.DescribeImages, form));
    }
  };
}

function parse<T>(shape: z.ZodMiniType<T>, form: Form): T {
  const { data, error } = shape.safeParse(form);
  if (!error) return data;
  const wrong = error.issues.map((issue) =>
    [...issue.path, ...(issue.code === 'unrecognized_keys' ? issue.keys : [])].join('.'),
  );
  return refuse('InvalidParameterValue', `The stand-in does not take: ${wrong.join(', ')}`);
}

/** What a filter compares, by the filter's name. Undefined: EC2 has no such filter. */
type Readable<T> = (thing: T, filter: string) => string | undefined;

const tagOf = (tags: Tags, filter: string): string => tags[filter.slice('tag:'.length)] ?? '';

/** Those that fit all filters. `*` in a value stands for anything. */
function fitting<T>(things: readonly T[], filters: Paged['Filter'], read: Readable<T>): T[] {
  const patterns = filters.map(({ Name, Value }) => ({ Name, patterns: Value.map(patternOf) }));
  return things.filter((thing) =>
    patterns.every(({ Name, patterns }) => {
      const value = read(thing, Name);
      if (value === undefined) refuse('InvalidParameterValue', `The filter '${Name}' is invalid`);
      return value !== undefined && patterns.some((pattern) => pattern.test(value));
    }),
  );
}

const patternOf = (value: string): RegExp =>
  new RegExp(`^${value.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*')}$`);

function paged<T>(
  { trouble }: Place,
  { MaxResults, NextToken }: Paged,
  things: readonly T[],
): { page: readonly T[]; nextToken: string | undefined } {
  if (MaxResults < 5 || MaxResults > 1000)
    refuse('InvalidParameterValue', `Value ( ${MaxResults} ) for parameter maxResults is invalid.`);
  if (NextToken !== undefined && !/^after-\d+$/.test(NextToken))
    refuse('InvalidParameterValue', 'Invalid value for nextToken');
  const from = NextToken === undefined ? 0 : Number(NextToken.slice('after-'.length));
  const to = from + Math.min(MaxResults, trouble.pageSize ?? 1000);
  return { page: things.slice(from, to), nextToken: to < things.length ? `after-${to}` : undefined };
}

const isShown = ({ trouble, now }: Place, { launchedAt }: Machine): boolean =>
  now() - launchedAt >= (trouble.shownAfterMs ?? 0);

function describeInstances(place: Place, region: string, input: Paged) {
  const here = [...place.world.machines.values()].filter(
    (machine) =>
      machine.region === region && isShown(place, machine) && !place.trouble.unlisted?.includes(machine.id),
  );
  const found = fitting(here, input.Filter, (machine, filter) => {
    if (filter === 'instance-id') return machine.id;
    if (filter === 'instance-state-name') return machine.state;
    return filter.startsWith('tag:') ? tagOf(machine.tags, filter) : undefined;
  });
  const { page, nextToken } = paged(place, input, found);
  return { reservationSet: page.map((machine) => ({ instancesSet: [wireMachine(machine)] })), nextToken };
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html */
const wireMachine = (machine: Machine): Content => ({
  instanceId: machine.id,
  imageId: machine.image ?? 'ami-0123456789abcdef0',
  instanceState: { name: machine.state },
  instanceType: machine.type,
  launchTime: new Date(machine.launchedAt).toISOString(),
  placement: { availabilityZone: machine.zone },
  subnetId: machine.subnet,
  ipAddress: machine.state === 'running' ? machine.address : undefined,
  instanceLifecycle: machine.market === 'spot' ? 'spot' : undefined,
  tagSet: Object.entries(machine.tags).map(([key, value]) => ({ key, value })),
});

/** One id that is not there, and nothing ends; one that is guarded saves its zone. */
function terminate(place: Place, region: string, ids: readonly string[]) {
  const { world, trouble } = place;
  const malformed = ids.find((id) => !/^i-[0-9a-f]{8,17}$/.test(id));
  if (malformed !== undefined) refuse('InvalidInstanceID.Malformed', `Invalid id: "${malformed}"`);
  const there = ids.flatMap((id) => {
    const machine = world.machines.get(id);
    return machine && machine.region === region && isShown(place, machine) ? machine : [];
  });
  const absent = ids.filter((id) => !there.some((machine) => machine.id === id));
  if (absent.length === 1)
    refuse('InvalidInstanceID.NotFound', `The instance ID '${absent[0]}' does not exist`);
  if (absent.length > 1)
    refuse('InvalidInstanceID.NotFound', `The instance IDs '${absent.join(', ')}' do not exist`);
  const guarded = there.filter(({ id }) => trouble.guarded?.includes(id));
  for (const { id, zone } of there) if (!guarded.some((machine) => machine.zone === zone)) world.end(id);
  if (guarded.length > 0)
    refuse(
      'OperationNotPermitted',
      `The instance '${guarded[0]?.id}' may not be terminated. Modify its 'disableApiTermination' attribute.`,
    );
  world.tick();
  return {
    instancesSet: there.map(({ id, state }) => ({ instanceId: id, currentState: { name: state } })),
  };
}

function describeSubnets(place: Place, region: string, input: Paged) {
  const all = [...place.subnets(region)].map(([zone, id]) => ({ zone, id }));
  const found = fitting(all, input.Filter, (_, filter) => {
    if (filter === 'state') return 'available';
    return filter.startsWith('tag:') ? tagOf(place.subnetTags, filter) : undefined;
  });
  const { page, nextToken } = paged(place, input, found);
  return {
    subnetSet: page.map(({ zone, id }) => ({ subnetId: id, availabilityZone: zone, state: 'available' })),
    nextToken,
  };
}

function describeImages(place: Place, input: z.infer<typeof inputs.DescribeImages>) {
  const owned = place.images.filter(({ owner }) => input.Owner.includes(owner));
  const found = fitting(owned, input.Filter, (image, filter) => {
    if (filter === 'state') return 'available';
    if (filter === 'name') return image.name;
    return filter === 'architecture' ? image.architecture : undefined;
  });
  const { page, nextToken } = paged(place, input, found);
  const wire = ({ id, name, createdAt }: StandInImage): Content => ({
    imageId: id,
    name,
    creationDate: createdAt,
    imageState: 'available',
  });
  return { imagesSet: page.map(wire), nextToken };
}
