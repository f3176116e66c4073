// The calls of a simulated EC2 of Macs: each takes time, is lost, or throttled; the process may die at it.
import type { MacCalls } from '../../../shared/providers/ec2/mac/provider.ts';
import type { CallOptions, Process, World } from '../world.ts';
import { zones } from './config.ts';
import { allocations, releaseHost, shownHosts } from './host-calls.ts';
import type { SimulatedHosts } from './hosts.ts';
import { launches, shownMachines, tagMachine, terminateMachines } from './machine-calls.ts';
import type { SimulatedMacs } from './macs.ts';
import type { Moods } from './moods.ts';
import { resets, shownTasks } from './reset-calls.ts';
import type { Rules } from './rules.ts';

/** What the calls work on. */
export interface Ec2 {
  world: World;
  moods: Moods;
  hosts: SimulatedHosts;
  macs: SimulatedMacs;
  rules: Rules;
}

/** An error as EC2's client throws it. */
export const refusal = (code: string, words = `simulated ${code}`): Error =>
  Object.assign(new Error(words), { name: code });

/** One EC2 for all processes; each reaches it by its own calls, as it may die at them. */
export function callsOf(ec2: Ec2): (process: Process) => MacCalls {
  const { world, rules } = ec2;
  const allocate = allocations(ec2);
  const launch = launches(ec2);
  const reset = resets(ec2);
  const { cloud, throttled } = world.faults;
  const trip: CallOptions = { lost: cloud, answerLost: cloud, low: 200, high: 1500 };
  return (process) => {
    const ask = <T>(what: string, effect: () => T): Promise<T> =>
      world.call(process, what, () => unlessTroubled(world, throttled, effect), trip);
    return {
      subnets: () =>
        ask('subnets', () => zones.map((zone) => ({ AvailabilityZone: zone, SubnetId: `subnet-${zone}` }))),
      images: () => ask('images', () => []),
      instances: (_, filters) =>
        ask(`instances ${Object.values(filters)}`, () => shownMachines(ec2, filters)),
      terminate: (_, ids) => ask(`terminate ${ids}`, () => terminateMachines(ec2, ids)),
      runInstances: (_, input) => ask('run instances', () => launch(input)),
      async allocateHosts(_, input) {
        const told = rules.allocating();
        const ids = await ask('allocate hosts', () => told.done(allocate(input)));
        told.heard();
        return ids;
      },
      hosts: (_, wanted) => ask('hosts', () => shownHosts(ec2, wanted)),
      releaseHosts: (_, ids) => ask(`release ${ids}`, () => releaseHost(ec2, ids)),
      replaceRoot: (_, input) => ask(`reset ${input.InstanceId}`, () => reset(input)),
      replaceRootTasks: (_, ids) => ask(`resets ${ids}`, () => shownTasks(ec2, ids)),
      tag: (_, id, tags) => ask(`tag ${id}`, () => tagMachine(ec2, id, tags)),
    };
  };
}

/** EC2 takes no more calls now, or has an error of its own, before or after the effect. */
function unlessTroubled<T>(world: World, likely: number, effect: () => T): T {
  if (!world.faulty(likely)) return effect();
  if (world.chance.chance(0.5)) throw refusal('RequestLimitExceeded');
  if (world.chance.chance(0.5)) effect();
  throw refusal('InternalError');
}

/** Does `work` once for each token. `what` is asked with another request under a known token: that breaks. */
export function oncePerToken<I extends { ClientToken?: string | undefined }, A>(
  world: World,
  what: string,
  work: (input: I) => A,
): (input: I) => { answer: A; repeated: boolean } {
  const known = new Map<string, { asked: string; answer: A }>();
  return (input) => {
    const asked = JSON.stringify(input);
    const { ClientToken: token } = input;
    const before = token === undefined ? undefined : known.get(token);
    if (before && before.asked !== asked) {
      world.breaks(`${what} is asked with another request under the same token`);
      throw refusal('IdempotentParameterMismatch');
    }
    const answer = before?.answer ?? work(input);
    if (token !== undefined) known.set(token, { asked, answer });
    return { answer, repeated: before !== undefined };
  };
}
