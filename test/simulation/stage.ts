// Callsheet's real functions in a simulated world: AWS, GitHub and clouds are simulated, all else is not.
import type { CloudEvent } from '../../functions/cloud-events/cloud-events.ts';
import type { Ports } from '../../shared/operations/ports.ts';
import type { Config } from '../../shared/policy/schema.ts';
import { ageLimit, standardLimits } from '../../shared/scheduler/limits.ts';
import type { OpenTable, Proofs, Provider } from '../../shared/scheduler/ports.ts';
import { runAgent } from './agent.ts';
import { simulatedDynamo } from './aws/dynamo.ts';
import { sendTo } from './aws/lambda.ts';
import { endedEvent, interruptedEvent, provisionedEvent } from './aws/machine-events.ts';
import { simulatedSqs } from './aws/sqs.ts';
import { watchedBooks } from './books.ts';
import { type Bug, bugs } from './bugs.ts';
import { type SimulatedCloud, simulatedCloud } from './cloud.ts';
import { simulatedCodeBuild } from './codebuild/provider.ts';
import { jobLimitMinutes } from './config.ts';
import { simulatedEc2 } from './ec2/calls.ts';
import type { Market } from './ec2/market.ts';
import { deployFunctions, type Functions } from './functions.ts';
import { simulatedGitHub } from './github.ts';
import { listenTo } from './log.ts';
import { mortalPorts, recordIn, storeOver } from './ports.ts';
import { deliverTo, isForged, postTo } from './post.ts';
import { startSchedule } from './schedule.ts';
import { minute, second } from './time.ts';
import { broken, type Process, type World } from './world.ts';

const ageLimitMs = ageLimit({ ...standardLimits, bootMs: 10 * minute, jobMs: jobLimitMinutes * minute });

export interface Scene {
  config: Config;
  /** What EC2 has to give. */
  market: Market;
  /** The reaper ticks each minute until then. */
  end: number;
  /** A bug that is planted into Callsheet. */
  bug?: Bug | undefined;
}

/** Starts Callsheet in a world. */
export function startService(world: World, { config, market, end, bug }: Scene) {
  const runs = (launch: string): boolean => isAnyUp(cloud, launch);
  const { note, books } = watchedBooks(world, config, runs);
  const dynamo = simulatedDynamo(world, (row) => {
    const item = recordIn(row);
    if (item.kind === 'job' && isForged(item.id))
      world.breaks(`invariant 6: the forged job ${item.id} is stored`);
    note(item);
  });
  const queue = simulatedSqs(world, (event) => functions.dispatcher.invoke(event));
  const providers = (process: Process): Record<string, Provider> => ({
    local: cloud.provider(process, 'local'),
    codebuild: codebuild.provider(process),
    ec2: ec2.provider(process),
  });
  const proofs = (process: Process): Proofs => ({
    async verify(provider, proof, claimant) {
      if (provider === 'codebuild') return codebuild.proofs.verify(provider, proof, claimant);
      if (provider === 'local') return {};
      const { address, source } = claimant;
      if (address !== undefined) return address === source ? {} : undefined;
      return ec2.verify(process, claimant);
    },
  });
  const log = listenTo(world);
  const plant = (open: OpenTable): OpenTable => (bug ? bugs[bug](world, open) : open);
  const ports = (process: Process): Ports =>
    mortalPorts(world, process, {
      ...{ config, dynamo, queue, github, providers, proofs, plant, log },
      leftovers: (own) => ec2.leftovers(own),
    });
  const functions = deployFunctions({ world, config: () => config, ports });
  const gateway = { world, ...functions };
  const github = simulatedGitHub(world, deliverTo(gateway));
  const post = postTo(gateway);
  const cloud = simulatedCloud(world, {
    ageLimitMs,
    boot: (machine) => void runAgent({ world, github, cloud, post }, machine).catch(broken(world, 'agent')),
    provisioned: (machine) => tell(world, functions, provisionedEvent(machine, world.time.now())),
    interrupted: (machine) => tell(world, functions, interruptedEvent(machine, world.time.now())),
    ended: (machine) => {
      if (machine.runner) github.lost(machine.runner);
      tell(world, functions, endedEvent(machine, world.time.now()));
    },
  });
  const codebuild = simulatedCodeBuild(world, { config, cloud });
  const ec2 = simulatedEc2(world, { config, cloud, market, recordOf: books.recordOf });
  startSchedule(world, functions.reaper, end);
  return { store: storeOver(dynamo.here), books, github, cloud };
}

export type Service = ReturnType<typeof startService>;

/** A machine of a launch that is there, and has not begun to end. */
const isAnyUp = ({ machines }: SimulatedCloud, launch: string): boolean =>
  [...machines.values()].some(
    (machine) => machine.launch === launch && machine.alive && machine.endingAt === undefined,
  );

/** How many events of clouds never come, where faults happen at all. */
const lostShare = 0.1;

/** An event comes some seconds late, twice now and then, or never. */
export function tell(world: World, { cloudEvents }: Functions, event: CloudEvent): void {
  const { time, chance, faults, faulty } = world;
  if (faulty(lostShare)) return;
  const send = (): void => void sendTo(world, cloudEvents, event, event['detail-type']);
  time.after(chance.between(second, 10 * second), send);
  if (faulty(faults.deliveryTwice)) time.after(chance.between(second, 20 * second), send);
}
