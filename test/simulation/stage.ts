// Callsheet's real procedures in a simulated world: webhook, dispatcher, builder API and reaper as
// functions that die.
import { dispatch } from '../../shared/operations/pass.ts';
import type { Ports } from '../../shared/operations/ports.ts';
import { recordGone, recordJob } from '../../shared/operations/record.ts';
import { sweep } from '../../shared/operations/sweep/sweep.ts';
import { route } from '../../shared/policy/route.ts';
import { type Config, parseConfig } from '../../shared/policy/schema.ts';
import { ageLimit, standardLimits } from '../../shared/scheduler/limits.ts';
import type { History, OpenTable } from '../../shared/scheduler/ports.ts';
import { memoryStore } from '../store/memory.ts';
import { runAgent } from './agent.ts';
import { type Machine, simulatedCloud } from './cloud.ts';
import { asJob, type Delivery, simulatedGitHub } from './github.ts';
import { simulatedQueue } from './queue.ts';
import { minute, second } from './time.ts';
import type { Process, World } from './world.ts';

export const pool = 'gpu';

/**
 * Two projects: one with a runner group for two repositories, one whose runners register at the
 * repository.
 */
export const configOf = (maximum: number, concurrency: number): Config =>
  parseConfig({
    installation: 'sim',
    github: { appId: '1', installations: { film: '1', studio: '2' } },
    pools: {
      gpu: {
        labels: ['gpu'],
        os: 'linux',
        arch: 'x64',
        ladder: [{ provider: 'local' }],
        maximum,
        jobLimitMinutes: 60,
      },
    },
    projects: {
      color: { repositories: ['film/color', 'film/volume'], pools: ['gpu'], concurrency },
      shading: { repositories: ['studio/shading'], pools: ['gpu'], concurrency, repositoryRunners: true },
    },
  });

/** Starts Callsheet in a world; the reaper ticks each minute until `end`. */
export function startService(world: World, config: Config, end: number) {
  const { time, faults } = world;
  const store = memoryStore();
  const github = simulatedGitHub(world, (delivery) => webhook(delivery));
  const queue = simulatedQueue(world, (sentAt, done) => {
    const process = lambda('dispatcher', 30);
    dispatch(portsOf(process), pool, sentAt).then(() => process.alive && done(), broken('dispatcher'));
  });
  const cloud = simulatedCloud(world, {
    ageLimitMs: ageLimit({ ...standardLimits, bootMs: 10 * minute, jobMs: 60 * minute }),
    boot: (machine) =>
      void runAgent({ world, github, cloud, ports: portsOf }, machine).catch(broken('agent')),
    ended: (machine) => machineEnded(machine),
  });

  function broken(name: string) {
    return (error: unknown): void => {
      world.violations.push(`${name} threw ${String(error)}`);
    };
  }

  function lambda(name: string, seconds: number): Process {
    const process = world.process(name, true);
    time.after(seconds * second, () => {
      process.alive = false;
    });
    return process;
  }

  function portsOf(process: Process): Ports {
    return {
      config,
      standard: standardLimits,
      open: dying(world, process, store.open),
      history: dying(world, process, store.history),
      bell: { ring: () => world.call(process, 'ring', () => queue.send(), { low: 5, high: 25 }) },
      clock: {
        now: time.now,
        sleep: (ms) => world.call(process, 'sleep', () => undefined, { low: 2 * ms, high: 2 * ms }),
      },
      github: github.ports(process),
      providers: { local: cloud.provider(process) },
      proofs: { verify: () => Promise.resolve(true) },
      log: () => undefined,
    };
  }

  async function webhook({ job, action }: Delivery): Promise<boolean> {
    const seat = route(config, job);
    const told = asJob(job);
    if (seat.kind === 'ignored' || !told) return true;
    const process = lambda(`webhook ${action} ${job.id}`, 10);
    const phase = ({ queued: 'waiting', in_progress: 'running', completed: 'done' } as const)[action];
    const runner = action === 'queued' ? undefined : told.runner;
    const fact = {
      ...told,
      phase,
      runner,
      repository: job.repository,
      outcome: job.outcome,
      startedAt: job.startedAt,
    };
    const taken = recordJob(portsOf(process), fact, seat).then(() => true);
    return Promise.race([taken, time.sleep(10 * second).then(() => false)]);
  }

  function machineEnded(machine: Machine): void {
    if (machine.runner) github.lost(machine.runner);
    if (world.faulty(0.1)) return;
    const event = { pool, launch: machine.launch, id: machine.id, provider: 'local' };
    time.after(world.chance.between(second, 10 * second), () => {
      void recordGone(portsOf(lambda(`gone ${machine.id}`, 30)), event);
    });
  }

  const tick = (): void => {
    const process = lambda('reaper', 55);
    sweep(portsOf(process)).then(({ problems }) => {
      for (const problem of problems) if (!/answer/.test(problem)) broken('reaper')(problem);
    }, broken('reaper'));
  };
  for (let at = minute; at < end - time.now(); at += minute) {
    time.after(at + world.chance.between(0, 2000), tick);
    if (world.chance.chance(0.03) && faults.overlap > 0) time.after(at + 3000, tick);
  }
  return { store, github, cloud };
}

/** Each call to the table takes time, and the process may die at it. */
function dying<Port extends OpenTable | History>(world: World, process: Process, port: Port): Port {
  return new Proxy(port, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...args: unknown[]) =>
        world.call(process, `${String(name)} ${describe(args)}`, () => Reflect.apply(method, target, args));
    },
  });
}

const describe = (args: unknown[]): string =>
  args.map((arg) => (typeof arg === 'string' ? arg : (JSON.stringify(arg) ?? '').slice(0, 60))).join(' ');
