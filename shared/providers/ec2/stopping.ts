// Ends machines: EC2 ends all that one call names, or none, so that what it objects to is set aside.
import { inLanes } from '../lanes.ts';
import type { Ec2Calls } from './calls.ts';
import { refusalOf } from './faults.ts';
import { instancePattern, livingStates, machinesIn } from './machine.ts';

export interface StopTools {
  calls: Ec2Calls;
  regions: readonly string[];
  /** Where a machine is, if that is known. */
  regionOf(id: string): string | undefined;
}

/** EC2 takes 1000, and advises fewer. */
const perCall = 100;

/** Answers the ids that may still run. What is no id of an instance is absent. */
export async function stopMachines(tools: StopTools, ids: readonly string[]): Promise<{ failed: string[] }> {
  const wanted = [...new Set(ids)].filter((id) => instancePattern.test(id));
  const failed = new Set<string>();
  await inLanes(tools.regions, async (region) => {
    const here = wanted.filter((id) => (tools.regionOf(id) ?? region) === region);
    for (const id of await stopIn(tools.calls, region, here)) failed.add(id);
  });
  return { failed: wanted.filter((id) => failed.has(id)) };
}

/** Answers those that may still run in the region. */
async function stopIn(calls: Ec2Calls, region: string, ids: readonly string[]): Promise<string[]> {
  const refused: string[] = [];
  for (let from = 0; from < ids.length; from += perCall) {
    refused.push(...(await terminate(calls, region, ids.slice(from, from + perCall))));
  }
  return refused.length === 0 ? [] : alive(calls, region, refused);
}

/**
 * Ends what it can. Answers the ids that EC2 would not end: where it refuses a call, what is not there is
 * left out, and then halves are tried.
 */
async function terminate(calls: Ec2Calls, region: string, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  try {
    await calls.terminate(region, ids);
    return [];
  } catch (error) {
    const { kind } = refusalOf(error);
    if (ids.length === 1 || kind === 'throttled' || kind === 'doubt') return ids;
    const there = await alive(calls, region, ids);
    const half = there.length < ids.length ? there.length : Math.ceil(ids.length / 2);
    const one = await terminate(calls, region, there.slice(0, half));
    return [...one, ...(await terminate(calls, region, there.slice(half)))];
  }
}

/** Those that are there: EC2 may have refused what it does not know, or what is ending. */
async function alive(calls: Ec2Calls, region: string, ids: string[]): Promise<string[]> {
  try {
    const filters = { 'instance-id': ids, 'instance-state-name': livingStates };
    return (await machinesIn(calls, region, filters)).map(({ id }) => id);
  } catch {
    return ids;
  }
}
