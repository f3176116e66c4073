// Ids that differ from region to region: subnets of the network, images. Looked up, and kept for ten minutes.
import { installationTag } from '../../contract/names.ts';
import type { Time } from '../../scheduler/records.ts';
import type { Ec2Calls } from './calls.ts';
import type { NewestImage } from './request.ts';

/** Each throws EC2's error. */
export interface Places {
  /** By zone. */
  subnets(region: string): Promise<ReadonlyMap<string, string>>;
  /** Undefined: there is no such image. */
  image(region: string, wanted: NewestImage): Promise<string | undefined>;
  /** What is next asked of the region is looked up anew. */
  forget(region: string): void;
}

type PlaceCalls = Pick<Ec2Calls, 'subnets' | 'images'>;

export interface PlaceSettings {
  calls: PlaceCalls;
  installation: string;
  /** The subnets of a region whose network is not ours, by zone; undefined: it is ours. */
  subnetsOf(region: string): Readonly<Record<string, string>> | undefined;
  now(): Time;
}

const keptMs = 10 * 60_000;

export function places({ calls, installation, subnetsOf, now }: PlaceSettings): Places {
  const subnets = kept<ReadonlyMap<string, string>>(now, ({ size }) => size > 0);
  const images = kept<string | undefined>(now, (id) => id !== undefined);
  return {
    subnets(region) {
      const given = subnetsOf(region);
      if (given) return Promise.resolve(new Map(Object.entries(given)));
      return subnets.get(region, () => ownSubnets(calls, region, installation));
    },
    image: (region, wanted) =>
      images.get(`${region} ${JSON.stringify(wanted)}`, () => newestImage(calls, region, wanted)),
    forget: (region) => subnets.drop(region),
  };
}

/**
 * Values that are kept for a while. Concurrent callers share one load. One that failed is not kept, nor one
 * that has found nothing: a deploy may mend that at any moment.
 */
function kept<T>(now: () => Time, isFound: (value: T) => boolean) {
  const values = new Map<string, { value: Promise<T>; since: Time }>();
  return {
    get(key: string, load: () => Promise<T>): Promise<T> {
      const known = values.get(key);
      if (known && now() - known.since < keptMs) return known.value;
      const mine = { value: load(), since: now() };
      values.set(key, mine);
      const drop = () => values.get(key) === mine && values.delete(key);
      mine.value.then((value) => isFound(value) || drop(), drop);
      return mine.value;
    },
    drop: (key: string) => void values.delete(key),
  };
}

/** One for each zone: the same one each time, if there are several. */
async function ownSubnets(
  calls: PlaceCalls,
  region: string,
  installation: string,
): Promise<ReadonlyMap<string, string>> {
  const ours = { [`tag:${installationTag}`]: [installation], state: ['available'] };
  const found = await calls.subnets(region, ours);
  const placed = found.flatMap(({ AvailabilityZone: zone, SubnetId: id }) =>
    zone && id ? [[zone, id] as const] : [],
  );
  return new Map(placed.sort(([, one], [, other]) => one.localeCompare(other)).reverse());
}

async function newestImage(
  calls: PlaceCalls,
  region: string,
  { name, owner, architecture }: NewestImage,
): Promise<string | undefined> {
  const found = await calls.images(region, owner, {
    name: [name],
    architecture: [architecture],
    state: ['available'],
  });
  const dated = found.map(({ ImageId, CreationDate = '' }) => ({ id: ImageId, date: CreationDate }));
  // Dates are ISO 8601: their order is that of the text.
  return dated.sort((one, other) => one.date.localeCompare(other.date)).at(-1)?.id;
}
