// What the operations of the stand-in share: their world, forms, filters, pages.
import type * as z from 'zod/mini';
import type { Belongings } from './belongings.ts';
import type { Hosts } from './hosts.ts';
import type { Paged } from './inputs.ts';
import { refuse } from './refused.ts';
import type { Trouble } from './trouble.ts';
import type { Content, Form } from './wire.ts';
import type { Tags, Time, World } from './world.ts';

export interface StandInImage {
  id: string;
  name: string;
  owner: string;
  architecture: 'x86_64' | 'arm64' | 'x86_64_mac' | 'arm64_mac';
  /** ISO 8601. */
  createdAt: string;
}

export interface Place {
  world: World;
  hosts: Hosts;
  belongings: Belongings;
  trouble: Trouble;
  now: () => Time;
  /** By zone. */
  subnets: (region: string) => ReadonlyMap<string, string>;
  subnetTags: Tags;
  images: readonly StandInImage[];
  /** Names of launch templates, the same in all regions. Undefined: all that are asked for exist. */
  templates: readonly string[] | undefined;
}

export function parse<T>(shape: z.ZodMiniType<T>, form: Form): T {
  const { data, error } = shape.safeParse(form);
  if (!error) return data;
  const wrong = error.issues.map((issue) =>
    [...issue.path, ...(issue.code === 'unrecognized_keys' ? issue.keys : [])].join('.'),
  );
  return refuse('InvalidParameterValue', `The stand-in does not take: ${wrong.join(', ')}`);
}

/** What a filter compares, by the filter's name: all of a list. Undefined: EC2 has no such filter. */
type Readable<T> = (thing: T, filter: string) => string | readonly string[] | undefined;

export const tagOf = (tags: Tags, filter: string): string => tags[filter.slice('tag:'.length)] ?? '';

/** Those that fit all filters. `*` in a value stands for anything. */
export function fitting<T>(things: readonly T[], filters: Paged['Filter'], read: Readable<T>): T[] {
  const patterns = filters.map(({ Name, Value }) => ({ Name, patterns: Value.map(patternOf) }));
  return things.filter((thing) =>
    patterns.every(({ Name, patterns }) => {
      const values = read(thing, Name) ?? refuse('InvalidParameterValue', `The filter '${Name}' is invalid`);
      return [values].flat().some((value) => patterns.some((pattern) => pattern.test(value)));
    }),
  );
}

const patternOf = (value: string): RegExp =>
  new RegExp(`^${value.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*')}$`);

export function paged<T>(
  { trouble }: Place,
  { MaxResults = 1000, NextToken }: Pick<Paged, 'NextToken'> & { MaxResults?: number | undefined },
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

/** A machine or host that was made at `time`. */
export const isShown = ({ trouble, now }: Place, time: Time): boolean =>
  now() - time >= (trouble.shownAfterMs ?? 0);

export const tagsOf = (list: readonly { Key: string; Value: string }[]): Tags =>
  Object.fromEntries(list.map(({ Key, Value }) => [Key, Value]));

export const wireTags = (tags: Tags): Content[] =>
  Object.entries(tags).map(([key, value]) => ({ key, value }));

/** Refuses, as a fleet and a launch do, a template that is not there. */
export function needTemplate({ templates }: Place, name: string): void {
  if (templates && !templates.includes(name))
    refuse(
      'InvalidLaunchTemplateName.NotFoundException',
      `The specified launch template, with template name ${name}, does not exist.`,
    );
}
