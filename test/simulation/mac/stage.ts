// Callsheet's real procedures over simulated Macs: all functions die, everything outside is lost or late.
import type { Ports } from '../../../shared/operations/ports.ts';
import { recordEnded } from '../../../shared/operations/record.ts';
import { holdsKey } from '../../../shared/operations/speaker.ts';
import { rhythmOf } from '../../../shared/operations/sweep/rhythm.ts';
import { sweep } from '../../../shared/operations/sweep/sweep.ts';
import type { Config } from '../../../shared/policy/schema.ts';
import { type MacSettings, macHosts, macProvider } from '../../../shared/providers/ec2/mac/provider.ts';
import { epochsOf } from '../../../shared/providers/epochs.ts';
import { Doubt, type Proofs } from '../../../shared/scheduler/ports.ts';
import { memoryStore } from '../../store/memory.ts';
import { broken, dispatcher, lambda, type Stage, webhook } from '../functions.ts';
import { type SimulatedJob, simulatedGitHub } from '../github.ts';
import { mortalPorts } from '../ports.ts';
import { simulatedQueue } from '../queue.ts';
import { minute, second } from '../time.ts';
import type { Process, World } from '../world.ts';
import { runMacAgent } from './agent.ts';
import { watchedTable } from './books.ts';
import { callsOf, type Ec2 } from './calls.ts';
import { covers, region } from './config.ts';
import { leastMs, priceOf, type SimulatedHost, simulatedHosts } from './hosts.ts';
import { isUp, type Mac, simulatedMacs } from './macs.ts';
import type { Moods } from './moods.ts';
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
  /** While nothing can change but by a job that comes, it sweeps every fifth minute only: faster, and less true. */
  skips: boolean;
}

export type MacService = ReturnType<typeof startMacs>;

/** Starts Callsheet with Macs in a world. */
export function startMacs(world: World, scene: MacScene) {
  const { moods, config } = scene;
  const memory = memoryStore();
  const { open, books } = watchedTable(world, config, memory.open);
  const hosts = simulatedHosts(world, moods, (mac) => macs.lose(mac));
  const macs = simulatedMacs(world, moods, hosts, {
    boot: (mac) => void runMacAgent(surroundings, mac).catch(broken(world, 'agent')),
    ending: (mac) => tellEnd(mac),
    lost: ({ runner }) => runner && github.lost(runner),
  });
  const rules = rulesOf(world, { config, books, moods, hosts: () => hosts.recent });
  const ec2: Ec2 = { world, moods, hosts, macs, rules };
  const settingsOf = settings(world, config, callsOf(ec2));
  const epochs = epochsOf('sim', async () => 'a secret of the builders');
  const ring = (pool: string): void => queueOf(pool).send();
  const ports = (process: Process): Ports =>
    mortalPorts(world, process, {
      config: config(),
      store: { open, history: memory.history },
      ring,
      github,
      providers: (own) => ({ mac: macProvider(settingsOf(own)) }),
      hosts: (own) => macHosts(settingsOf(own)),
      proofs: (own) => proofsOf(world, own, macs.all),
      epochs,
    });
  const stageNow = (): Stage => ({ world, config: config(), ports });
  const github = simulatedGitHub(world, (delivery) => webhook(stageNow(), delivery), {
    covers,
    approvesForks: scene.approvesForks,
  });
  const queues = new Map<string, ReturnType<typeof simulatedQueue>>();
  const queueOf = (pool: string) => {
    const queue =
      queues.get(pool) ?? simulatedQueue(world, (sentAt, done) => dispatcher(stageNow(), pool, sentAt, done));
    queues.set(pool, queue);
    return queue;
  };
  const surroundings = {
    ...{ world, github, ports, betrays: scene.betrays },
    holdsKey: ({ id }: Mac, key: string) => holdsKey(books.builders.get(id), key),
  };
  /** EC2's event comes some seconds late; one in ten is lost. */
  const tellEnd = ({ id }: Mac): void => {
    if (world.faulty(0.1)) return;
    world.time.after(world.chance.between(second, 10 * second), () => {
      const own = lambda({ world }, `ended ${id}`, 30);
      void recordEnded(
        ports(own),
        { id, pools: Object.keys(config().pools) },
        'its instance is shutting-down',
      );
    });
  };
  const isStill = (): boolean => scene.skips && !github.isAsked() && isAtRest(world, hosts.recent);
  startReaper(world, ports, scene.end, isStill);
  return { world, store: { open, history: memory.history }, books, github, hosts, macs };
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

/** A sweep each minute, and every fifth while nothing is open; now and then two at a time. */
function startReaper(
  world: World,
  ports: (process: Process) => Ports,
  end: number,
  isStill: () => boolean,
): void {
  const { time, chance, faulty, faults } = world;
  const rhythm = rhythmOf(ports(world.process('rhythm', false)));
  const complain = broken(world, 'reaper');
  let ticks = 0;
  const run = (): void => {
    sweep(ports(lambda({ world }, 'reaper', 55))).then((report) => {
      rhythm.note(report);
      for (const problem of report.problems) if (!mayBeTold.test(problem)) complain(problem);
    }, complain);
  };
  const tick = async (): Promise<void> => {
    if (time.now() + minute < end) time.after(minute + chance.between(0, 200) - 100, () => void tick());
    ticks += 1;
    if ((isStill() && ticks % 5 !== 0) || (await rhythm.mayRest())) return;
    run();
    if (faulty(faults.overlap)) time.after(3 * second, run);
  };
  time.after(minute, () => void tick());
}

/** All hosts are clean and empty, or busy; none is new, about to end its paid day, or just released. */
function isAtRest({ time }: World, hosts: ReadonlySet<SimulatedHost>): boolean {
  return hosts.size > 0 && [...hosts].every((host) => isSettled(host, time.now()));
}

function isSettled({ mac, state, allocatedAt }: SimulatedHost, now: number): boolean {
  const isBusy = mac?.busyWith !== undefined && now < mac.limitAt - 10 * minute;
  const age = now - allocatedAt;
  return state === 'available' && (!mac || isBusy) && age > 60 * minute && age < leastMs - 10 * minute;
}

/** A sweep may tell of what does not answer, and what an admin must know of hosts. */
const mayBeTold =
  /answer|RequestLimitExceeded|InternalError|permanent failure|quota of hosts|its paid day is over/;
