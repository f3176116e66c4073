// Provider `ec2`: builders are instances of EC2. An instance is ours because its tag says so.
import { templateName } from '../../contract/machine.ts';
import { type Offering, shelvesOf } from '../../contract/offerings.ts';
import type { Provider, Wanted } from '../../scheduler/ports.ts';
import type { Ec2Calls } from './calls.ts';
import { tokenLifeMs } from './finding.ts';
import { launchMachines } from './launching.ts';
import type { PriceOf } from './machine.ts';
import { ourMachines } from './ours.ts';
import { type PlaceSettings, places } from './places.ts';
import { type FleetRequest, frozen, type NewestImage } from './request.ts';

export { type Ec2Calls, ec2Calls } from './calls.ts';
export type { NewestImage } from './request.ts';

export interface Ec2Settings extends PlaceSettings {
  calls: Ec2Calls;
  /** All regions where machines may be. */
  regions: readonly string[];
  /** What a pool's rung asks for, cheapest first. Empty where that is no rung of EC2. */
  offeringsOf(pool: string, rung: number): Offering[];
  /** What a rung promises of GPUs, as the machine's tag says it. */
  promiseOf(pool: string, rung: number): string;
  /** The image of a pool whose launch template has none. */
  imageOf(pool: string): NewestImage | undefined;
  priceOf: PriceOf;
  /** Where builders reach Callsheet. Needed by those who launch. */
  url?: string | undefined;
}

export function ec2Provider(settings: Ec2Settings): Provider {
  const { calls, installation, now } = settings;
  const { note, ...machines } = ourMachines({ ...settings, isMine: ({ isMac }) => !isMac });
  const tools = { calls, places: places(settings), installation, now, note };
  return {
    ...machines,
    tokenLifeMs,
    request: (wanted) => JSON.stringify(requestOf(settings, wanted)),
    launch: (launch, again = false) => launchMachines(tools, launch, again),
  };
}

/** Throws where the pool has no such rung. */
function requestOf(settings: Ec2Settings, { pool, rung, n, empty }: Wanted): FleetRequest {
  const { url, installation } = settings;
  if (url === undefined) throw new Error("provider 'ec2' was given no url: it cannot launch");
  const offerings = settings.offeringsOf(pool, rung);
  const [first] = offerings;
  if (!first) throw new Error(`pool ${pool} has no rung ${rung} of EC2`);
  const isOpen = (offering: Offering) => !shelvesOf(offering, pool).some((shelf) => empty?.has(shelf));
  return {
    n,
    region: first.region,
    market: first.market,
    template: templateName(installation, pool, first.market),
    url,
    gpu: settings.promiseOf(pool, rung),
    image: settings.imageOf(pool),
    offerings: offerings.filter(isOpen).map(frozen),
  };
}
