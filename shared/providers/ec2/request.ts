// What a launch freezes: all that CreateFleet is asked, but for ids that are looked up when it is asked.
import * as z from 'zod/mini';
import { type Offering, offeringKey } from '../../contract/offerings.ts';
import type { Launch } from '../../scheduler/records.ts';

/** Images of one owner, of which the newest is meant. `architecture`: in EC2's words. */
export interface NewestImage {
  name: string;
  owner: string;
  architecture: 'x86_64' | 'arm64';
}

/** Instance type, zone, class of its quota, and US dollars for an hour. */
const offering = z.tuple([z.string(), z.string(), z.enum(['g', 'p', 'standard']), z.number()]);

const requestShape = z.object({
  n: z.int().check(z.minimum(1), z.maximum(1000)),
  region: z.string().check(z.regex(/^[a-z0-9-]+$/)),
  market: z.enum(['spot', 'on-demand']),
  template: z.string(),
  url: z.string().check(z.regex(/^https?:\/\/[^\s"'\\]+$/)),
  gpu: z.string(),
  image: z.optional(
    z.object({ name: z.string(), owner: z.string(), architecture: z.enum(['x86_64', 'arm64']) }),
  ),
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
export function readRequest({ request }: Pick<Launch, 'request'>): FleetRequest | undefined {
  try {
    return requestShape.safeParse(JSON.parse(request)).data;
  } catch {
    return undefined;
  }
}

/** Prices by offering, as they were frozen. */
export const pricesOf = (request: FleetRequest): ReadonlyMap<string, number> =>
  new Map(askedOf(request).map((each) => [offeringKey(each), each.usdPerHour]));
