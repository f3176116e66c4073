// Ends machines: EC2 ends all that one call names, or none, so that what it objects to is set aside.
import { inLanes } from '../lanes.ts';
import type { Ec2Calls } from './calls.ts';
import { refusalOf } from './faults.ts';
import { instancePattern, livingStates, machinesIn } from './machine.ts';

type StopCalls = Pick<Ec2Calls, 'instances' | 'terminate'>;

export interface StopTools {
  calls: StopCalls;
  regions: readonly string[];
  /** Where a machine is, if that is known. Else all regions are asked. */
  regionOf(id: string): string | undefined;
}

/** EC2 takes 1000, and advises fewer. */
const perCall = 100;

/**
 * Answers the ids that may still run: those that a region would not end, or that it may have and said nothing
 * of. What one region has ended is in no other. What is no id of an instance is absent.
 */
export async function stopMachines(
  { calls, regions, regionOf }: StopTools,
  ids: readonly string[],
): Promise<{ failed: string[] }> {
  const wanted = [...new Set(ids)].filter((id) => instancePattern.test(id));
  const ended = new Set<string>();
  const left = new Set<string>();
  const places = new Map(wanted.map((id) => [id, placesOf(regionOf(id), regions)]));
  await inLanes([...new Set([...places.values()].flat())], async (region) => {
    const here = wanted.filter((id) => places.get(id)?.includes(region));
    const found = await stopIn(calls, region, here);
    for (const id of found.ended) ended.add(id);
    for (const id of found.left) left.add(id);
  });
  return { failed: wanted.filter((id) => left.has(id) && !ended.has(id)) };
}

const placesOf = (known: string | undefined, regions: readonly string[]): readonly string[] =>
  known === undefined ? regions : [known];

/** What became of machines in a region. `left`: they may run there. In neither list: they do not. */
interface Stopped {
  ended: string[];
  left: string[];
}

async function stopIn(calls: StopCalls, region: string, ids: readonly string[]): Promise<Stopped> {
  const stopped: Stopped = { ended: [], left: [] };
  for (let from = 0; from < ids.length; from += perCall) {
    const { ended, left } = await terminate(calls, region, ids.slice(from, from + perCall));
    stopped.ended.push(...ended);
    stopped.left.push(...left);
  }
  return stopped;
}

/**
 * Ends what it can. Where EC2 refuses a call, what is not there is set aside, and then halves are tried.
 * Where it does not answer, a look would not be answered either.
 */
async function terminate(calls: StopCalls, region: string, ids: string[]): Promise<Stopped> {
  if (ids.length === 0) return { ended: [], left: [] };
  try {
    await calls.terminate(region, ids);
    return { ended: ids, left: [] };
  } catch (error) {
    const { kind } = refusalOf(error);
    if (kind === 'throttled' || kind === 'doubt') return { ended: [], left: ids };
  }
  const there = await alive(calls, region, ids);
  if (ids.length === 1) return { ended: [], left: there };
  const half = there.length < ids.length ? there.length : Math.ceil(ids.length / 2);
  const one = await terminate(calls, region, there.slice(0, half));
  const other = await terminate(calls, region, there.slice(half));
  return { ended: [...one.ended, ...other.ended], left: [...one.left, ...other.left] };
}

/** Those that are there: EC2 may have refused what it does not know, or what is ending. */
async function alive(calls: StopCalls, region: string, ids: string[]): Promise<string[]> {
  try {
    const filters = { 'instance-id': ids, 'instance-state-name': livingStates };
    return (await machinesIn(calls, region, filters)).map(({ id }) => id);
  } catch {
    return ids;
  }
}
