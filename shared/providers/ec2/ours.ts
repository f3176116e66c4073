// The machines of EC2 that are ours, in all regions: listed, looked at, stopped.
import { machineTags } from '../../contract/machine.ts';
import { parseOffering } from '../../contract/offerings.ts';
import type { Provider, Sighting } from '../../scheduler/ports.ts';
import { inLanes } from '../lanes.ts';
import type { Ec2Calls, Filters } from './calls.ts';
import {
  instancePattern,
  livingStates,
  type Machine,
  machinesIn,
  type PriceOf,
  sightingOf,
} from './machine.ts';
import { stopMachines } from './stopping.ts';

export interface OurSettings {
  calls: Pick<Ec2Calls, 'instances' | 'terminate'>;
  installation: string;
  /** All regions where machines may be. */
  regions: readonly string[];
  priceOf: PriceOf;
  /** The provider's: each machine is shown by one provider only. */
  isMine(machine: Machine): boolean;
}

export interface Ours extends Pick<Provider, 'list' | 'look' | 'stop'> {
  /** Writes down where machines are. */
  note(region: string, ids: readonly string[]): void;
}

/** Machines whose region is remembered, at some 100 bytes each. Then the next list reads anew. */
const mostRemembered = 20_000;

export function ourMachines({ calls, installation, regions, priceOf, isMine }: OurSettings): Ours {
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
    const machines = (await everywhere(calls, regions, ours)).filter(isMine);
    for (const { id, region } of machines) note(region, [id]);
    return machines.map((machine) => sightingOf(machine, priceOf));
  }

  async function look(id: string): Promise<Sighting | undefined> {
    if (!instancePattern.test(id)) return undefined;
    const known = regionOf.get(id);
    const it = { 'instance-id': [id], 'instance-state-name': livingStates };
    const [machine] = await everywhere(calls, known === undefined ? regions : [known], it);
    return machine && isMine(machine) ? sightingOf(machine, priceOf) : undefined;
  }

  return {
    list,
    look,
    stop(ids, hints) {
      const regionNow = (id: string) => regionOf.get(id) ?? parseOffering(hints?.get(id) ?? '')?.region;
      return stopMachines({ calls, regions, regionOf: regionNow }, ids);
    },
    note,
  };
}

/** The machines of all regions that fit. Throws `Doubt` when one region does not tell. */
async function everywhere(
  calls: Pick<Ec2Calls, 'instances'>,
  regions: readonly string[],
  filters: Filters,
): Promise<Machine[]> {
  const found: Machine[] = [];
  await inLanes(regions, async (region) => void found.push(...(await machinesIn(calls, region, filters))));
  return found;
}
