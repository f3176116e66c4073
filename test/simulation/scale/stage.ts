// Callsheet's real functions in a world of scale: jobs are stolen, lists lag, clouds give some of what they
// are asked for, and nothing else fails. Everything that is asked of AWS and GitHub is counted.
import type { Ports } from '../../../shared/operations/ports.ts';
import { ageLimit, standardLimits } from '../../../shared/scheduler/limits.ts';
import { dayOf } from '../../../shared/scheduler/money.ts';
import type { Item, Launch } from '../../../shared/scheduler/records.ts';
import type { Ledger } from '../../../shared/scheduler/shared-records.ts';
import { runAgent } from '../agent.ts';
import { simulatedDynamo } from '../aws/dynamo.ts';
import { endedEvent, interruptedEvent } from '../aws/machine-events.ts';
import { simulatedSqs } from '../aws/sqs.ts';
import { simulatedCloud } from '../cloud.ts';
import { simulatedEc2 } from '../ec2/calls.ts';
import type { OnRecord } from '../ec2/rules.ts';
import { deployFunctions } from '../functions.ts';
import { simulatedGitHub } from '../github.ts';
import { mortalPorts } from '../ports.ts';
import { deliverTo, postTo } from '../post.ts';
import { startSchedule } from '../schedule.ts';
import { tell } from '../stage.ts';
import { minute } from '../time.ts';
import { broken, type Process, type World } from '../world.ts';
import { countedFunctions, countedQueue, countingEc2, countingGitHub } from './counted.ts';
import { foundation, gitHubSettings, jobLimitMinutes } from './foundation.ts';
import { throttled } from './gateway.ts';
import { quietMarket } from './market.ts';
import type { Meter } from './meter.ts';
import { portTables } from './tables.ts';
import { countingIn } from './units.ts';
import { wireTables } from './wire.ts';

const ageLimitMs = ageLimit({ ...standardLimits, bootMs: 10 * minute, jobMs: jobLimitMinutes * minute });

export interface Scene {
  meter: Meter;
  /** `port`: tables at the level of their ports. `wire`: the simulated DynamoDB of the other worlds. */
  storage: 'port' | 'wire';
  /** Of heartbeats some are only counted. */
  thin: boolean;
  /** The reaper ticks until then. */
  end: number;
  /** Hears what a function logs. */
  log(line: Record<string, unknown>): void;
}

export function startScale(world: World, { meter, storage, thin, end, log }: Scene) {
  const config = foundation();
  const books = launchBooks();
  const counting = countingIn(meter);
  const tables =
    storage === 'port' ? portTables(world, counting, books.note) : wireTables(world, counting, books.note);
  const queue = countedQueue(
    meter,
    simulatedSqs(world, (event) => functions.dispatcher.invoke(event)),
  );
  const unused = simulatedDynamo(world, () => undefined);
  const ports = (process: Process): Ports => ({
    ...mortalPorts(world, process, {
      ...{ config, dynamo: unused, queue, github, log },
      providers: (own) => ({ ec2: ec2.provider(own) }),
      proofs: (own) => ({ verify: (_, __, claimant) => ec2.verify(own, claimant) }),
      leftovers: (own) => ec2.leftovers(own),
    }),
    ...tables.of(process),
  });
  const functions = countedFunctions(world, meter, deployFunctions({ world, config: () => config, ports }));
  const gateway = throttled(world, meter, { world, ...functions, thin });
  const github = simulatedGitHub(countingGitHub(world, meter), deliverTo(gateway, 0), gitHubSettings);
  const post = postTo(gateway);
  let ended = 0;
  const cloud = simulatedCloud(world, {
    ageLimitMs,
    boot: (machine) => void runAgent({ world, github, cloud, post }, machine).catch(broken(world, 'agent')),
    provisioned: () => undefined,
    interrupted: (machine) => tell(world, functions, interruptedEvent(machine, world.time.now())),
    ended: (machine) => {
      ended += 1;
      if (machine.runner) github.lost(machine.runner);
      tell(world, functions, endedEvent(machine, world.time.now()));
    },
  });
  const market = quietMarket(world.chance);
  const ec2 = simulatedEc2(countingEc2(world, meter), { config, cloud, market, recordOf: books.recordOf });
  startSchedule(world, functions.reaper, end);
  return {
    github,
    cloud,
    /** Machines that live now. */
    living: (): number => cloud.machines.size - ended,
  };
}

export type Service = ReturnType<typeof startScale>;

/** What EC2's rules look at: launches and money as they were written last. */
function launchBooks() {
  const launches = new Map<string, Launch>();
  const ledgers = new Map<string, Ledger>();
  return {
    note(item: Item): void {
      if (item.kind === 'launch') launches.set(item.id, item);
      if (item.kind === 'ledger') ledgers.set(item.id, item);
    },
    recordOf(id: string): OnRecord {
      const launch = launches.get(id);
      const ledger = launch && ledgers.get(dayOf(launch.askedAt));
      return { launch, isPaidFor: ledger?.open[id] !== undefined };
    },
  };
}
