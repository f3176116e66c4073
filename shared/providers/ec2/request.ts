// What a launch freezes: all that CreateFleet is asked, but for ids that are looked up when it is asked.
import * as z from 'zod/mini';
import { type Offering, offeringKey } from '../../contract/offerings.ts';
import type { Launch } from '../../scheduler/records.ts';

/** As EC2 names them. Images for Macs are for them alone. */
const architectures = ['x86_64', 'arm64', 'x86_64_mac', 'arm64_mac'] as const;

/** Images of one owner, of which the newest is meant. `architecture`: in EC2's words. */
export interface NewestImage {
  name: string;
  owner: string;
  architecture: (typeof architectures)[number];
}

/** Instance type, zone, class of its quota, and US dollars for an hour. */
const offering = z.tuple([z.string(), z.string(), z.enum(['g', 'p', 'standard']), z.number()]);

/** Shapes that requests of Macs have too. */
export const webAddress = z.string().check(z.regex(/^https?:\/\/[^\s"'\\]+$/));
export const regionName = z.string().check(z.regex(/^[a-z0-9-]+$/));
export const newestImage = z.object({
  name: z.string(),
  owner: z.string(),
  architecture: z.enum(architectures),
});

const requestShape = z.object({
  n: z.int().check(z.minimum(1), z.maximum(1000)),
  region: regionName,
  market: z.enum(['spot', 'on-demand']),
  template: z.string(),
  url: webAddress,
  gpu: z.string(),
  image: z.optional(newestImage),
  offerings: z.array(offering),
});

export type FleetRequest = z.infer<typeof requestShape>;

/** An offering that a request asks for. */
export type Asked = Pick<Offering, 'region' | 'market' | 'type' | 'zone' | 'quota' | 'usdPerHour'>;

export const frozen = ({ type, zone, quota, usdPerHour }: Asked): FleetRequest['offerings'][number] => [
  type,
  zone,
  quota,
  usdPerHour,
];

/** The offerings of a request, cheapest first as they were frozen. */
export const askedOf = ({ region, market, offerings }: FleetRequest): Asked[] =>
  offerings.map(([type, zone, quota, usdPerHour]) => ({ region, market, type, zone, quota, usdPerHour }));

/** Undefined: it is no request of ours. */
export const readRequest = (launch: Pick<Launch, 'request'>): FleetRequest | undefined =>
  requestAs(requestShape, launch);

/** Undefined: it has another shape. */
export function requestAs<T>(shape: z.ZodMiniType<T>, { request }: Pick<Launch, 'request'>): T | undefined {
  try {
    return shape.safeParse(JSON.parse(request)).data;
  } catch {
    return undefined;
  }
}

/** Prices by offering, as they were frozen. */
export const pricesOf = (request: FleetRequest): ReadonlyMap<string, number> =>
  new Map(askedOf(request).map((each) => [offeringKey(each), each.usdPerHour]));
