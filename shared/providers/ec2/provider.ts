// Provider `ec2`: builders are instances of EC2. An instance is ours because its tag says so.
import { machineTags, templateName } from '../../contract/machine.ts';
import { type Offering, parseOffering, shelvesOf } from '../../contract/offerings.ts';
import type { Provider, Sighting, Wanted } from '../../scheduler/ports.ts';
import { inLanes } from '../lanes.ts';
import type { Ec2Calls } from './calls.ts';
import { launchMachines, tokenLifeMs } from './launching.ts';
import {
  instancePattern,
  livingStates,
  type Machine,
  machinesIn,
  type PriceOf,
  sightingOf,
} from './machine.ts';
import { type PlaceSettings, places } from './places.ts';
import { type FleetRequest, frozen, type NewestImage } from './request.ts';
import { stopMachines } from './stopping.ts';

export { type Ec2Calls, ec2Calls } from './calls.ts';
export type { NewestImage } from './request.ts';

export interface Ec2Settings extends PlaceSettings {
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

/** Machines whose region is remembered, at some 100 bytes each. Then the next list reads anew. */
const mostRemembered = 20_000;

export function ec2Provider(settings: Ec2Settings): Provider {
  const { calls, installation, regions, priceOf, now } = settings;
  const regionOf = new Map<string, string>();
  const note = (region: string, ids: readonly string[]): void => {
    if (regionOf.size > mostRemembered) regionOf.clear();
    for (const id of ids) regionOf.set(id, region);
  };

  async function list(): Promise<Sighting[]> {
    const ours = {
      [`tag:${machineTags.installation}`]: [installation],
      'instance-state-name': livingStates,
    };
    const machines = await everywhere(calls, regions, ours);
    for (const { id, region } of machines) note(region, [id]);
    return machines.map((machine) => sightingOf(machine, priceOf));
  }

  async function look(id: string): Promise<Sighting | undefined> {
    if (!instancePattern.test(id)) return undefined;
    const known = regionOf.get(id);
    const it = { 'instance-id': [id], 'instance-state-name': livingStates };
    const [machine] = await everywhere(calls, known === undefined ? regions : [known], it);
    return machine && sightingOf(machine, priceOf);
  }

  const tools = { calls, places: places(settings), installation, now, note };
  return {
    tokenLifeMs,
    request: (wanted) => JSON.stringify(requestOf(settings, wanted)),
    launch: (launch, again = false) => launchMachines(tools, launch, again),
    list,
    look,
    stop(ids, hints) {
      const regionNow = (id: string) => regionOf.get(id) ?? parseOffering(hints?.get(id) ?? '')?.region;
      return stopMachines({ calls, regions, regionOf: regionNow }, ids);
    },
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

/** The machines of all regions that fit. Throws `Doubt` when one region does not tell. */
async function everywhere(
  calls: Ec2Calls,
  regions: readonly string[],
  filters: Parameters<typeof machinesIn>[2],
): Promise<Machine[]> {
  const found: Machine[] = [];
  await inLanes(regions, async (region) => void found.push(...(await machinesIn(calls, region, filters))));
  return found;
}
