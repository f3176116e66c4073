// Callsheet's real procedures over simulated Macs: all functions die, everything outside is lost or late.
import type { Ports } from '../../../shared/operations/ports.ts';
import { holdsKey } from '../../../shared/operations/speaker.ts';
import type { Config } from '../../../shared/policy/schema.ts';
import { type MacSettings, macHosts, macProvider } from '../../../shared/providers/ec2/mac/provider.ts';
import { epochsOf } from '../../../shared/providers/epochs.ts';
import { Doubt, type Proofs } from '../../../shared/scheduler/ports.ts';
import { simulatedDynamo } from '../aws/dynamo.ts';
import { instanceEvent } from '../aws/machine-events.ts';
import { simulatedSqs } from '../aws/sqs.ts';
import { deployFunctions } from '../functions.ts';
import { type SimulatedJob, simulatedGitHub } from '../github.ts';
import { listenTo } from '../log.ts';
import { mortalPorts, recordIn, storeOver } from '../ports.ts';
import { deliverTo, postTo } from '../post.ts';
import { startSchedule } from '../schedule.ts';
import { tell } from '../stage.ts';
import { second } from '../time.ts';
import { broken, type Process, type World } from '../world.ts';
import { runMacAgent } from './agent.ts';
import { watchedBooks } from './books.ts';
import { callsOf, type Ec2 } from './calls.ts';
import { covers, region } from './config.ts';
import { priceOf, simulatedHosts } from './hosts.ts';
import { isUp, type Mac, simulatedMacs } from './macs.ts';
import type { Moods } from './moods.ts';
import { isAtRest } from './reaper.ts';
import { rulesOf } from './rules.ts';

export interface MacScene {
  /** The configuration as it is now: it may be deployed anew. */
  config(): Config;
  moods: Moods;
  /** Forks may run, once they are approved. */
  approvesForks: boolean;
  betrays(job: SimulatedJob): 'steals' | 'denies' | undefined;
  /** The reaper ticks each minute until then. */
  end: number;
  /** While nothing can change but by a job that comes, it sweeps each fifth minute: faster, less true. */
  skips: boolean;
}

export type MacService = ReturnType<typeof startMacs>;

/** Starts Callsheet with Macs in a world. */
export function startMacs(world: World, scene: MacScene) {
  const { moods, config, betrays } = scene;
  const { note, books } = watchedBooks(world, config);
  const dynamo = simulatedDynamo(world, (row) => note(recordIn(row)));
  const queue = simulatedSqs(world, (event) => functions.dispatcher.invoke(event));
  const hosts = simulatedHosts(world, moods, (mac) => macs.lose(mac));
  const macs = simulatedMacs(world, moods, hosts, {
    boot: (mac) => void runMacAgent(surroundings, mac).catch(broken(world, 'agent')),
    ending: ({ id }) => tell(world, functions, instanceEvent(id, 'shutting-down', world.time.now(), region)),
    lost: ({ runner }) => runner && github.lost(runner),
  });
  const rules = rulesOf(world, { config, books, moods, hosts: () => hosts.recent });
  const ec2: Ec2 = { world, moods, hosts, macs, rules };
  const settingsOf = settings(world, config, callsOf(ec2));
  const epochs = epochsOf('sim', async () => 'a secret of the builders');
  const log = listenTo(world);
  const ports = (process: Process): Ports =>
    mortalPorts(world, process, {
      ...{ config: config(), dynamo, queue, github, epochs, log },
      providers: (own) => ({ mac: macProvider(settingsOf(own)) }),
      hosts: (own) => macHosts(settingsOf(own)),
      proofs: (own) => proofsOf(world, own, macs.all),
    });
  const functions = deployFunctions({ world, config, ports });
  const gateway = { world, ...functions };
  const github = simulatedGitHub(world, deliverTo(gateway), { covers, approvesForks: scene.approvesForks });
  const surroundings = {
    ...{ world, github, betrays, post: postTo(gateway) },
    holdsKey: ({ id }: Mac, key: string) => holdsKey(books.builders.get(id), key),
  };
  const isStill = (): boolean =>
    scene.skips && !world.isFoul() && !github.isAsked() && isAtRest(world, hosts.recent);
  startSchedule(world, functions.reaper, scene.end, isStill);
  return { world, store: storeOver(dynamo.here), books, github, hosts, macs };
}

/** The real provider as each process has it: it knows nothing yet. */
function settings(world: World, config: () => Config, calls: ReturnType<typeof callsOf>) {
  return (process: Process): MacSettings => ({
    calls: calls(process),
    installation: config().installation,
    regions: [region],
    imageOf: () => undefined,
    subnetsOf: () => undefined,
    priceOf: (_, type) => priceOf(type),
    url: 'https://callsheet.example',
    now: world.time.now,
  });
}

/** A signed document says which machine speaks, if it comes from that machine's own address. */
function proofsOf(world: World, process: Process, macs: ReadonlyMap<string, Mac>): Proofs {
  const { cloud } = world.faults;
  const asked = ({ id, launch, source }: Parameters<Proofs['verify']>[2]) => {
    const mac = macs.get(id);
    if (!mac || mac.launch !== launch || mac.address !== source) return undefined;
    if (mac.visibleAt > world.time.now()) throw new Doubt('not shown yet', world.time.now() + 5 * second);
    return isUp(mac) ? { address: mac.address } : undefined;
  };
  return {
    async verify(_, __, claimant) {
      const { address, source, id } = claimant;
      if (address !== undefined) return address === source ? {} : undefined;
      const trip = { lost: cloud, answerLost: cloud, low: 200, high: 1500 };
      return world.call(process, `prove ${id}`, () => asked(claimant), trip);
    },
  };
}
