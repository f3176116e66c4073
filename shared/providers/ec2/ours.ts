// The machines of EC2 that are ours, in all regions: listed, looked at, stopped.
import { machineTags } from '../../contract/machine.ts';
import { parseOffering } from '../../contract/offerings.ts';
import type { OnSilence, Provider, Sighting } from '../../scheduler/ports.ts';
import type { Ec2Calls } from './calls.ts';
import {
  instancePattern,
  livingStates,
  type Machine,
  machinesIn,
  type PriceOf,
  sightingOf,
} from './machine.ts';
import { inRegions } from './regions.ts';
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

  async function list(onSilence?: OnSilence): Promise<Sighting[]> {
    const ours = {
      [`tag:${machineTags.installation}`]: [installation],
      'instance-state-name': livingStates,
    };
    const found = await inRegions(regions, (region) => machinesIn(calls, region, ours), onSilence);
    const machines = found.filter(isMine);
    for (const { id, region } of machines) note(region, [id]);
    return machines.map((machine) => sightingOf(machine, priceOf));
  }

  const regionNow = (id: string, hint = ''): string | undefined =>
    regionOf.get(id) ?? parseOffering(hint)?.region;

  async function look(id: string, hint?: string): Promise<Sighting | undefined> {
    if (!instancePattern.test(id)) return undefined;
    const known = regionNow(id, hint);
    const it = { 'instance-id': [id], 'instance-state-name': livingStates };
    const places = known === undefined ? regions : [known];
    const [machine] = await inRegions(places, (region) => machinesIn(calls, region, it));
    return machine && isMine(machine) ? sightingOf(machine, priceOf) : undefined;
  }

  return {
    list,
    look,
    stop(ids, hints) {
      return stopMachines({ calls, regions, regionOf: (id) => regionNow(id, hints?.get(id)) }, ids);
    },
    note,
  };
}
