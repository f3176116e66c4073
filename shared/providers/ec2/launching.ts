// Launches: one CreateFleet for all builders.
import type { CreateFleetResult } from '@aws-sdk/client-ec2';
import { offeringKey } from '../../contract/offerings.ts';
import { Doubt, type Fault, type LaunchResult } from '../../scheduler/ports.ts';
import type { Launch } from '../../scheduler/records.ts';
import type { Ec2Calls } from './calls.ts';
import { faultOfCall, faultsOf, type Refusal, refusalOf, wordsOf } from './faults.ts';
import { adopted, type FindTools, resultOf, type Sought } from './finding.ts';
import { errorsOf, fleetInput, type Placed, placeable, startedBy } from './fleet.ts';
import { noImage, noSubnets, strange } from './missing.ts';
import type { Places } from './places.ts';
import { askedOf, type FleetRequest, pricesOf, readRequest } from './request.ts';

export interface LaunchTools extends FindTools {
  calls: Ec2Calls;
  places: Places;
  /** Writes down where machines are. */
  note(region: string, ids: readonly string[]): void;
}

/**
 * Starts the machines of a launch, or finds those that were started before. Throws `Doubt` when some may or
 * may not have been started.
 */
export async function launchMachines(
  tools: LaunchTools,
  launch: Launch,
  again: boolean,
): Promise<LaunchResult> {
  const request = readRequest(launch);
  if (!request) return { started: [], faults: [strange(launch)] };
  const found = again ? await adopted(tools, launch, soughtBy(request)) : undefined;
  const result = found ?? (await ask(tools, launch, request));
  tools.note(request.region, result.started);
  return result;
}

async function ask(tools: LaunchTools, launch: Launch, request: FleetRequest): Promise<LaunchResult> {
  const { calls, places, installation } = tools;
  const { region, image } = request;
  try {
    const placed: Placed = {
      request,
      subnets: await places.subnets(region),
      image: image && (await places.image(region, image)),
    };
    const missing = missingFaults(placed);
    if (missing.some(({ cheap }) => cheap)) places.forget(region);
    if (placeable(placed).length === 0 || (image && !placed.image)) return { started: [], faults: missing };
    const answer = await calls.createFleet(region, fleetInput(launch, installation, placed));
    return answered(tools, launch.pool, answer, placed, missing);
  } catch (error) {
    return refused(tools, launch, request, refusalOf(error));
  }
}

/** What is not asked for, since something of it is missing. */
function missingFaults({ request, subnets, image }: Placed): Fault[] {
  const { region } = request;
  const offerings = askedOf(request);
  if (offerings.length === 0) {
    return [{ kind: 'capacity', why: `all that could be asked for in ${region} was empty a moment ago` }];
  }
  if (request.image && !image) return [noImage(region, request.image)];
  const bare = offerings.filter(({ zone }) => !subnets.has(zone)).map(({ zone }) => zone);
  return bare.length > 0 ? [noSubnets(region, bare)] : [];
}

/** Machines and errors both count: a fleet that was filled may have met what is empty. */
function answered(
  { places }: LaunchTools,
  pool: string,
  answer: CreateFleetResult,
  placed: Placed,
  missing: readonly Fault[],
): LaunchResult {
  const errors = errorsOf(answer, placed);
  if (errors.some(({ code }) => code.startsWith('InvalidSubnet'))) places.forget(placed.request.region);
  const machines = startedBy(answer, placed);
  const faults = [...missing, ...faultsOf(errors, pool)];
  if (machines.length === 0 && faults.length === 0)
    faults.push({
      kind: 'capacity',
      why: `EC2 has answered neither machines nor why in ${placed.request.region}`,
    });
  return { ...resultOf(machines), faults };
}

async function refused(
  tools: LaunchTools,
  launch: Launch,
  request: FleetRequest,
  refusal: Refusal,
): Promise<LaunchResult> {
  switch (refusal.kind) {
    case 'already': {
      const found = await adopted(tools, launch, soughtBy(request));
      return { ...(found ?? { started: [], faults: [] }), already: true };
    }
    case 'absent':
    case 'doubt':
      throw new Doubt(`launch ${launch.id}: ${wordsOf(refusal)}`);
    case 'capacity':
    case 'quota':
    case 'throttled':
    case 'invalid':
    case 'refused':
      if (refusal.code.startsWith('InvalidSubnet')) tools.places.forget(request.region);
      return { started: [], faults: [faultOfCall(refusal, askedOf(request), launch.pool)] };
  }
}

function soughtBy(request: FleetRequest): Sought {
  const prices = pricesOf(request);
  return {
    region: request.region,
    n: request.n,
    termsOf(machine) {
      const offering = offeringKey(machine);
      const usdPerHour = prices.get(offering);
      return usdPerHour === undefined ? undefined : { offering, usdPerHour };
    },
  };
}
