// Launches: one CreateFleet for all builders. After a lost answer they are looked for by their launch's tag.
import type { CreateFleetResult } from '@aws-sdk/client-ec2';
import { machineTags } from '../../contract/machine.ts';
import { offeringKey, zoneShelf } from '../../contract/offerings.ts';
import { Doubt, type Fault, type LaunchResult, type MachineTerms } from '../../scheduler/ports.ts';
import type { Launch, Time } from '../../scheduler/records.ts';
import type { Ec2Calls } from './calls.ts';
import { faultOfCall, faultsOf, type Refusal, refusalOf, wordsOf } from './faults.ts';
import { errorsOf, fleetInput, type Placed, placeable, type Started, startedBy } from './fleet.ts';
import { isThere, machinesIn } from './machine.ts';
import type { Places } from './places.ts';
import { askedOf, type FleetRequest, pricesOf, readRequest } from './request.ts';

/** For how long EC2 may not show what it has started, in ms. */
const hiddenMs = 60_000;

/**
 * How long asking again finds, in ms. EC2 knows the token longer, and what it has started is found by its
 * tag; but no other rung is asked while an answer is missing. A planner that asks each minute, until a minute
 * before the end, asks at least once when a look tells all: its minutes may be half as long again.
 */
export const tokenLifeMs = hiddenMs + 150_000;

/** Clocks may differ by this much. */
const skewMs = 60_000;

export interface LaunchTools {
  calls: Ec2Calls;
  places: Places;
  installation: string;
  now(): Time;
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
  if (!request) {
    const why = `launch ${launch.id} asks '${launch.request.slice(0, 100)}', which is no request of ours`;
    return { started: [], faults: [{ kind: 'invalid', why }] };
  }
  const found = again ? await adopted(tools, launch, request) : undefined;
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
  if (request.image && !image) {
    const { owner, name, architecture } = request.image;
    const why = `no image of ${owner} in ${region} is named '${name}' (${architecture}): name another`;
    return [{ kind: 'invalid', why, cheap: true }];
  }
  const bare = offerings.filter(({ zone }) => !subnets.has(zone));
  if (bare.length === 0) return [];
  const zones = [...new Set(bare.map(({ zone }) => zone))].join(', ');
  const why = `no subnet of Callsheet's is in ${zones}: deploy the region with npx cdk deploy --all`;
  return [{ kind: 'invalid', why, shelves: [...new Set(bare.map(zoneShelf))], cheap: true }];
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

const resultOf = (machines: readonly Started[]): Required<Pick<LaunchResult, 'started' | 'terms'>> => ({
  started: machines.map(({ id }) => id),
  terms: Object.fromEntries(machines.flatMap(({ id, terms }) => (terms ? [[id, terms]] : []))),
});

async function refused(
  tools: LaunchTools,
  launch: Launch,
  request: FleetRequest,
  refusal: Refusal,
): Promise<LaunchResult> {
  switch (refusal.kind) {
    case 'already': {
      const found = await adopted(tools, launch, request);
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

/**
 * The machines that carry the launch's tag and are there; those that have ended prove that it has arrived.
 * Undefined: there was none, and none will appear. Throws `Doubt` while more may.
 */
async function adopted(
  { calls, installation, now }: LaunchTools,
  launch: Launch,
  request: FleetRequest,
): Promise<LaunchResult | undefined> {
  const prices = pricesOf(request);
  const found = await machinesIn(calls, request.region, {
    [`tag:${machineTags.installation}`]: [installation],
    [`tag:${machineTags.launch}`]: [launch.id],
  });
  // An older table may have had a launch of the same number.
  const machines = found.filter(({ launchedAt }) => launchedAt >= launch.askedAt - skewMs);
  if (machines.length < request.n && now() - launch.askedAt < hiddenMs)
    throw new Doubt(`launch ${launch.id} was asked before, and EC2 may not show yet all that it has started`);
  if (machines.length === 0) return undefined;
  const started = machines
    .filter(isThere)
    .map((machine) => ({ id: machine.id, terms: termsIn(prices, offeringKey(machine)) }))
    .sort((one, other) => one.id.localeCompare(other.id));
  if (started.length === 0) {
    const why = 'all that it started has ended already';
    return { started: [], faults: [{ kind: 'capacity', why }], already: true };
  }
  return { ...resultOf(started), faults: [], ...(machines.length < request.n && { already: true }) };
}

function termsIn(prices: ReadonlyMap<string, number>, offering: string): MachineTerms | undefined {
  const usdPerHour = prices.get(offering);
  return usdPerHour === undefined ? undefined : { offering, usdPerHour };
}
