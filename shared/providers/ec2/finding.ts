// What a launch has started before: after a lost answer its machines are looked for by the launch's tag.
import { machineTags } from '../../contract/machine.ts';
import { Doubt, type LaunchResult, type MachineTerms } from '../../scheduler/ports.ts';
import type { Launch, Time } from '../../scheduler/records.ts';
import type { Ec2Calls } from './calls.ts';
import { isThere, type Machine, machinesIn } from './machine.ts';

/** For how long EC2 may not show what it has started, in ms. */
export const hiddenMs = 60_000;

/**
 * How long asking again finds, in ms. EC2 knows the token longer, and what it has started is found by its
 * tag; but no other rung is asked while an answer is missing. A planner that asks each minute, until a minute
 * before the end, asks at least once when a look tells all: its minutes may be half as long again.
 */
export const tokenLifeMs = hiddenMs + 150_000;

/** Clocks may differ by this much. */
export const skewMs = 60_000;

export interface FindTools {
  calls: Pick<Ec2Calls, 'instances'>;
  installation: string;
  now(): Time;
}

/** What a launch has asked for. */
export interface Sought {
  region: string;
  n: number;
  termsOf(machine: Machine): MachineTerms | undefined;
}

export interface Started {
  id: string;
  /** Undefined: it is none of the offerings that were asked for. */
  terms: MachineTerms | undefined;
}

/**
 * The machines that carry the launch's tag and are there; those that have ended prove that it has arrived.
 * Undefined: there was none, and none will appear. Throws `Doubt` while more may.
 */
export async function adopted(
  tools: FindTools,
  launch: Launch,
  sought: Sought,
): Promise<LaunchResult | undefined> {
  const machines = await startedFor(tools, launch, sought.region);
  if (machines.length < sought.n && tools.now() - launch.askedAt < hiddenMs)
    throw new Doubt(`launch ${launch.id} was asked before, and EC2 may not show yet all that it has started`);
  if (machines.length === 0) return undefined;
  const started = machines.filter(isThere);
  if (started.length === 0) {
    const why = 'all that it started has ended already';
    return { started: [], faults: [{ kind: 'capacity', why }], already: true };
  }
  return {
    ...resultOf(started.map((machine) => ({ id: machine.id, terms: sought.termsOf(machine) }))),
    faults: [],
    ...(machines.length < sought.n && { already: true }),
  };
}

/** Those that EC2 shows, ended ones included, in the order of their ids. */
export async function startedFor(
  { calls, installation }: FindTools,
  launch: Launch,
  region: string,
): Promise<Machine[]> {
  const found = await machinesIn(calls, region, {
    [`tag:${machineTags.installation}`]: [installation],
    [`tag:${machineTags.launch}`]: [launch.id],
  });
  // An older table may have had a launch of the same number.
  return found
    .filter(({ launchedAt }) => launchedAt >= launch.askedAt - skewMs)
    .sort((one, other) => one.id.localeCompare(other.id));
}

export const resultOf = (
  machines: readonly Started[],
): Required<Pick<LaunchResult, 'started' | 'terms'>> => ({
  started: machines.map(({ id }) => id),
  terms: Object.fromEntries(machines.flatMap(({ id, terms }) => (terms ? [[id, terms]] : []))),
});
