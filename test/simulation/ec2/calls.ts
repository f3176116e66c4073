// The calls of a simulated EC2: each takes time, is lost, or is throttled; the process may die at it.
import type {
  CreateFleetCommandInput,
  CreateFleetError,
  CreateFleetInstance,
  CreateFleetResult,
} from '@aws-sdk/client-ec2';
import { machineTags } from '../../../shared/contract/machine.ts';
import { offeringKey } from '../../../shared/contract/offerings.ts';
import { instanceTypes } from '../../../shared/policy/instances.ts';
import { offeringsOf } from '../../../shared/policy/offerings.ts';
import type { Config } from '../../../shared/policy/schema.ts';
import type { Ec2Calls, Filters } from '../../../shared/providers/ec2/calls.ts';
import { ec2Provider } from '../../../shared/providers/ec2/provider.ts';
import { type Claimant, Doubt, type Proven, type Provider } from '../../../shared/scheduler/ports.ts';
import type { SimulatedCloud, Slot } from '../cloud.ts';
import { region, zones } from '../config.ts';
import { second } from '../time.ts';
import type { CallOptions, Process, World } from '../world.ts';
import { type FleetCall, refusal, simulatedFleets } from './fleets.ts';
import { shownInstances, terminateInstances } from './instances.ts';
import type { Market } from './market.ts';
import { type Findings, type OnRecord, rulesOf } from './rules.ts';

/** Where a simulated EC2 finds what it needs. */
export interface Ec2Surroundings {
  config: Config;
  cloud: SimulatedCloud;
  market: Market;
  recordOf(launch: string): OnRecord;
}

/** US dollars for an hour. */
export const priceOf = (type: string): number | undefined =>
  instanceTypes.find((known) => known.type === type)?.usdPerHour;

/** EC2 as each process reaches it: by the real provider, which knows nothing yet. */
export function simulatedEc2(world: World, at: Ec2Surroundings) {
  const { config } = at;
  const callsOf = simulatedCalls(world, at);
  return {
    provider: (process: Process): Provider =>
      ec2Provider({
        calls: callsOf(process),
        installation: config.installation,
        regions: [region],
        offeringsOf: (pool, rung) => offeringsOf(config, pool, rung),
        promiseOf: () => '1 14745 cuda',
        imageOf: () => undefined,
        subnetsOf: () => undefined,
        priceOf: (_, type) => priceOf(type),
        url: 'https://callsheet.example',
        now: world.time.now,
      }),
    /** What EC2 says of a machine that proves who it is. */
    verify: (process: Process, claimant: Claimant): Promise<Proven | undefined> =>
      world.call(process, `prove ${claimant.id}`, () => proven(world, at.cloud, claimant), tripOf(world)),
  };
}

const tripOf = ({ faults: { cloud } }: World): CallOptions => ({
  lost: cloud,
  answerLost: cloud,
  low: 200,
  high: 1500,
});

/** One EC2 for all processes; each reaches it by its own calls, as it may die at them. */
function simulatedCalls(world: World, { cloud, market, recordOf }: Ec2Surroundings) {
  const fleets = simulatedFleets(world, cloud, market);
  const rules = rulesOf(world, recordOf);
  const subnets = zones.map((zone) => ({ AvailabilityZone: zone, SubnetId: `subnet-${zone}` }));
  const created = (process: Process, input: CreateFleetCommandInput): CreateFleetResult => {
    const call = fleets.read(input);
    rules.asked(process, call);
    const answer = fleets.create(input);
    if (!call.repeated) rules.answered(call, findingsIn(answer, call));
    return answer;
  };
  return (process: Process): Ec2Calls => {
    const ask = <T>(what: string, effect: () => T): Promise<T> => {
      const unlessThrottled = (): T => {
        if (world.faulty(world.faults.throttled)) throw refusal('RequestLimitExceeded');
        return effect();
      };
      return world.call(process, what, unlessThrottled, tripOf(world));
    };
    return {
      async createFleet(_region, input) {
        const call = fleets.read(input);
        const answer = await ask(`create fleet ${call.launch}`, () => created(process, input));
        rules.told(process, findingsIn(answer, call));
        return answer;
      },
      async instances(_region, filters) {
        const found = await ask(wordsOf(filters), () => shownInstances(world, cloud, filters));
        for (const launch of filters[`tag:${machineTags.launch}`] ?? []) rules.looked(process, launch);
        return found;
      },
      subnets: () => ask('subnets', () => subnets),
      images: () => ask('images', () => []),
      terminate: (_region, ids) => ask(`terminate ${ids}`, () => terminateInstances(world, cloud, ids)),
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
  if (machine.visibleAt > time.now()) throw new Doubt('not shown yet', time.now() + 5 * second);
  if (!machine.alive || machine.endingAt !== undefined) return undefined;
  const terms = {
    offering: offeringKey({ region, ...machine.slot }),
    usdPerHour: priceOf(machine.slot.type) ?? 0,
  };
  return { address: '192.0.2.1', terms };
}
