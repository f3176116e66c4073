// The calls of a simulated EC2: each takes time, is lost, or is throttled; the process may die at it.
import type {
  CreateFleetCommandInput,
  CreateFleetError,
  CreateFleetInstance,
  CreateFleetResult,
  Instance,
} from '@aws-sdk/client-ec2';
import { machineTags } from '../../../shared/contract/machine.ts';
import { offeringKey } from '../../../shared/contract/offerings.ts';
import { instanceTypes } from '../../../shared/policy/instances.ts';
import { offeringsOf } from '../../../shared/policy/offerings.ts';
import type { Config } from '../../../shared/policy/schema.ts';
import { volumePrice } from '../../../shared/policy/volumes.ts';
import type { Ec2Calls, Filters } from '../../../shared/providers/ec2/calls.ts';
import { ec2Leftovers } from '../../../shared/providers/ec2/leftovers/leftovers.ts';
import { ec2Provider } from '../../../shared/providers/ec2/provider.ts';
import {
  type Claimant,
  Doubt,
  type Leftovers,
  type Proven,
  type Provider,
} from '../../../shared/scheduler/ports.ts';
import type { SimulatedCloud, Slot } from '../cloud.ts';
import { types } from '../config.ts';
import { type Appearance, appearances } from '../strays.ts';
import { second } from '../time.ts';
import type { CallOptions, Process, World } from '../world.ts';
import { type FleetCall, nextId, refusal, simulatedFleets } from './fleets.ts';
import { shownInstances, terminateInstances } from './instances.ts';
import { type Ask, simulatedThings } from './leftovers.ts';
import type { Market } from './market.ts';
import { type Regions, regionOf, troubledRegions } from './regions.ts';
import { type Findings, type OnRecord, rulesOf } from './rules.ts';

/** Where a simulated EC2 finds what it needs. */
export interface Ec2Surroundings {
  config: Config;
  cloud: SimulatedCloud;
  market: Market;
  recordOf(launch: string): OnRecord;
}

/** The zones of each region. */
const zonesOf = ({ aws }: Config): Map<string, readonly string[]> =>
  new Map(Object.entries(aws?.regions ?? {}).map(([region, { zones }]) => [region, zones]));

/** US dollars for an hour. */
export const priceOf = (type: string): number | undefined =>
  instanceTypes.find((known) => known.type === type)?.usdPerHour;

/** EC2 as each process reaches it: by the real provider, which knows nothing yet. */
export function simulatedEc2(world: World, at: Ec2Surroundings) {
  const { config, cloud } = at;
  const names = [...zonesOf(config).keys()];
  const regions = troubledRegions(world);
  const asking = askerOf(world, regions);
  const callsOf = simulatedCalls(world, at, regions, asking);
  const things = simulatedThings(world, cloud, regions);
  appearances(world, config, (appearance) => {
    if (names.length === 0) return;
    if (world.chance.chance(0.6)) plantMachine(world, at, appearance);
    else things.plant({ ...appearance, region: world.chance.pick(names) });
  });
  return {
    provider: (process: Process): Provider =>
      ec2Provider({
        calls: callsOf(process),
        installation: config.installation,
        regions: names,
        offeringsOf: (pool, rung) => offeringsOf(config, pool, rung),
        promiseOf: () => '1 14745 cuda',
        imageOf: () => undefined,
        subnetsOf: () => undefined,
        priceOf: (_, type) => priceOf(type),
        url: 'https://callsheet.example',
        now: world.clockOf(process),
      }),
    leftovers: (process: Process): Leftovers =>
      ec2Leftovers({
        calls: things.calls(asking(process), process.name),
        installation: config.installation,
        regions: names,
        priceOf: (_, disk) => volumePrice(disk, 1),
      }),
    /** What EC2 says of a machine that proves who it is. */
    verify: (process: Process, claimant: Claimant): Promise<Proven | undefined> =>
      world.call(process, `prove ${claimant.id}`, () => proven(world, cloud, claimant), tripOf(world)),
  };
}

const tripOf = ({ faults: { cloud } }: World): CallOptions => ({
  lost: cloud,
  answerLost: cloud,
  low: 200,
  high: 1500,
});

/** A call takes time, may be lost, comes to a silent region, or is one too many; its process may die. */
function askerOf(world: World, regions: Regions): (process: Process) => Ask {
  return (process) => (region, what, effect) =>
    world.call(
      process,
      what,
      () => {
        regions.hear(region);
        if (world.faulty(world.faults.throttled)) throw refusal('RequestLimitExceeded');
        return effect();
      },
      tripOf(world),
    );
}

/** A machine that no launch has started: on demand, in some zone. */
function plantMachine(
  { chance }: World,
  { config, cloud }: Ec2Surroundings,
  { mark, tags }: Appearance,
): void {
  const zone = chance.pick([...zonesOf(config).values()].flat());
  const slot: Slot = { type: chance.pick(types), zone, market: 'on-demand' };
  cloud.plant({ id: nextId(cloud), provider: 'ec2', pool: '', launch: '', slot, tags }, mark);
}

/** One EC2 for all processes; each reaches it by its own calls, as it may die at them. */
function simulatedCalls(
  world: World,
  { config, cloud, market, recordOf }: Ec2Surroundings,
  regions: Regions,
  asking: (process: Process) => Ask,
) {
  const fleets = simulatedFleets(world, cloud, market);
  const rules = rulesOf(world, recordOf);
  const zones = zonesOf(config);
  const subnetsIn = (region: string) =>
    (zones.get(region) ?? []).map((zone) => ({ AvailabilityZone: zone, SubnetId: `subnet-${zone}` }));
  const listed = (region: string, filters: Filters): Instance[] => {
    const isEmptied = filters['instance-id'] === undefined && regions.isEmptied(region);
    return isEmptied ? [] : shownInstances(world, cloud, region, filters);
  };
  const created = (process: Process, input: CreateFleetCommandInput): CreateFleetResult => {
    const call = fleets.read(input);
    rules.asked(process, call);
    const answer = fleets.create(input);
    if (!call.repeated) rules.answered(call, findingsIn(answer, call));
    return answer;
  };
  return (process: Process): Ec2Calls => {
    const ask = asking(process);
    return {
      async createFleet(region, input) {
        const call = fleets.read(input);
        const answer = await ask(region, `create fleet ${call.launch}`, () => created(process, input));
        rules.told(process, findingsIn(answer, call));
        return answer;
      },
      async instances(region, filters) {
        const found = await ask(region, wordsOf(filters), () => listed(region, filters));
        for (const launch of filters[`tag:${machineTags.launch}`] ?? []) rules.looked(process, launch);
        return found;
      },
      subnets: (region) => ask(region, 'subnets', () => subnetsIn(region)),
      images: (region) => ask(region, 'images', () => []),
      terminate: (region, ids) =>
        ask(region, `terminate ${ids}`, () =>
          terminateInstances(world, cloud, { region, ids, by: process.name }),
        ),
    };
  };
}

const wordsOf = (filters: Filters): string => `instances ${Object.values(filters)}`;

/** What an answer says of the offerings that were asked for. */
function findingsIn({ Errors = [], Instances = [] }: CreateFleetResult, { slots }: FleetCall): Findings {
  const named = ({ LaunchTemplateAndOverrides: shown }: CreateFleetError | CreateFleetInstance): Slot[] =>
    slots.filter(
      ({ type, zone }) =>
        type === shown?.Overrides?.InstanceType && zone === shown.Overrides.AvailabilityZone,
    );
  return {
    empty: Errors.flatMap((error) => named(error).map((slot) => ({ slot, code: error.ErrorCode ?? '' }))),
    given: Instances.flatMap(named),
  };
}

function proven({ time }: World, { machines }: SimulatedCloud, claimant: Claimant): Proven | undefined {
  const machine = machines.get(claimant.id);
  if (!machine?.slot || machine.launch !== claimant.launch) return undefined;
  if (machine.visibleAt > time.now())
    throw new Doubt(`EC2 does not show ${machine.id} yet, or not its address`, time.now() + 5 * second);
  if (!machine.alive || machine.endingAt !== undefined) return undefined;
  const terms = {
    offering: offeringKey({ region: regionOf(machine.slot.zone), ...machine.slot }),
    usdPerHour: priceOf(machine.slot.type) ?? 0,
  };
  return { address: '192.0.2.1', terms };
}
