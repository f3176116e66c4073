// A simulated GitHub: any fitting runner gets any fitting job; deliveries are lost, repeated, late; busy is
// stale.
import type { GitHub, GitHubJob, GitHubRun } from '../../shared/scheduler/ports.ts';
import { minute, second } from './time.ts';
import type { Process, World } from './world.ts';

export interface SimulatedJob {
  id: string;
  repository: string;
  labels: string[];
  event: string;
  fork: boolean;
  runMs: number;
  state: 'new' | 'queued' | 'assigned' | 'running' | 'done';
  queuedAt: number;
  runner?: string;
  startedAt?: number;
  endedAt?: number;
  outcome?: string;
  cancelled: boolean;
}

interface SimulatedRunner {
  name: string;
  id: string;
  scope: string;
  state: 'offline' | 'idle' | 'assigned' | 'busy';
  job?: SimulatedJob;
  /** Called when the runner gets a job (answers whether its hook lets it run) or loses its registration. */
  onJob?: (job: SimulatedJob) => Promise<boolean>;
  onEnd?: () => void;
  alive: () => boolean;
}

export interface Delivery {
  job: SimulatedJob;
  action: 'queued' | 'in_progress' | 'completed';
}

/** Makes a GitHub. `deliver` brings a delivery to the webhook and answers whether it was taken. */
export function simulatedGitHub(world: World, deliver: (delivery: Delivery) => Promise<boolean>) {
  const jobs = new Map<string, SimulatedJob>();
  const runners = new Map<string, SimulatedRunner>();
  /** Runners that have connected, also those whose registration was deleted since. */
  const connected = new Map<string, SimulatedRunner>();
  const failed = new Map<string, Delivery>();
  const refusedScopes = new Set<string>();
  let ids = 0;
  const { time, chance, faults } = world;

  const bring = async (delivery: Delivery): Promise<void> => {
    if (!(await deliver(delivery))) failed.set(`d${++ids}`, delivery);
  };
  const send = (action: Delivery['action'], job: SimulatedJob): void => {
    const delivery: Delivery = { action, job: { ...job } };
    const lag = (): number =>
      world.faulty(faults.deliveryLate) ? chance.between(30 * second, 8 * minute) : chance.between(300, 4000);
    if (world.faulty(faults.deliveryLost)) failed.set(`d${++ids}`, delivery);
    else time.after(lag(), () => void bring(delivery));
    if (world.faulty(faults.deliveryTwice)) time.after(lag() + 5 * second, () => void bring(delivery));
  };

  const finish = (job: SimulatedJob, outcome: string): void => {
    if (job.state === 'done') return;
    const runner = connected.get(job.runner ?? '');
    Object.assign(job, { state: 'done', outcome, endedAt: time.now() });
    world.say(`GitHub: ${job.id} done: ${outcome}`);
    send('completed', job);
    if (runner && runner.job === job) {
      runners.delete(runner.name);
      runner.onEnd?.();
    }
  };

  const start = async (runner: SimulatedRunner, job: SimulatedJob): Promise<void> => {
    if (job.state !== 'assigned' || job.runner !== runner.name || !runner.alive()) return;
    Object.assign(job, { state: 'running', startedAt: time.now() });
    runner.state = 'busy';
    world.say(`GitHub: ${job.id} runs on ${runner.name}`);
    send('in_progress', job);
    const allowed = (await runner.onJob?.(job)) ?? true;
    if (!allowed) return finish(job, 'failure');
    if (job.fork) world.violations.push(`a refused job ran its first step: ${job.id}`);
    time.after(job.runMs, () => {
      if (job.state === 'running' && runner.alive()) finish(job, 'success');
    });
  };

  const requeue = (runner: SimulatedRunner, job: SimulatedJob): void => {
    if (job.state !== 'assigned' || job.runner !== runner.name) return;
    Object.assign(job, { state: 'queued', runner: undefined });
    if (runner.state === 'assigned') runner.state = runner.alive() ? 'idle' : 'offline';
    match();
  };

  const match = (): void => {
    for (const runner of runners.values()) {
      if (runner.state !== 'idle') continue;
      const fitting = [...jobs.values()].filter(
        (job) => job.state === 'queued' && covers(runner.scope, job.repository),
      );
      if (fitting.length === 0) continue;
      const oldest = fitting.reduce((a, b) => (a.queuedAt <= b.queuedAt ? a : b));
      const job = chance.chance(0.6) ? oldest : chance.pick(fitting);
      Object.assign(job, { state: 'assigned', runner: runner.name });
      Object.assign(runner, { state: 'assigned', job });
      time.after(60 * second, () => requeue(runner, job));
      time.after(chance.between(300, 3000), () => void start(runner, job));
    }
  };

  return {
    jobs,
    runners,
    failed,
    refusedScopes,
    queue(job: SimulatedJob): void {
      Object.assign(job, { state: 'queued', queuedAt: time.now() });
      jobs.set(job.id, job);
      world.say(`GitHub: ${job.id} queued (${job.repository}${job.fork ? ', fork' : ''})`);
      send('queued', job);
      match();
    },
    cancel(job: SimulatedJob): void {
      if (job.state === 'done' || job.state === 'new') return;
      job.cancelled = true;
      world.say(`GitHub: ${job.id} cancelled while ${job.state}`);
      if (job.state === 'running') time.after(5 * second, () => finish(job, 'cancelled'));
      else {
        const runner = job.runner === undefined ? undefined : runners.get(job.runner);
        if (runner?.state === 'assigned') Object.assign(runner, { state: 'idle', job: undefined });
        job.runner = undefined;
        finish(job, 'cancelled');
        match();
      }
    },
    /** A runner program has started with the configuration made under this name. */
    connect(name: string, life: Pick<SimulatedRunner, 'onJob' | 'onEnd' | 'alive'>): boolean {
      const runner = runners.get(name);
      if (!runner) return false;
      Object.assign(runner, { ...life, state: 'idle' });
      connected.set(name, runner);
      match();
      return true;
    },
    /** The machine of a runner is no more: GitHub notices after ten minutes. */
    lost(name: string): void {
      const runner = runners.get(name);
      const job = [...jobs.values()].find((one) => one.runner === name && one.state === 'running');
      if (runner && runner.state === 'idle') runner.state = 'offline';
      if (job) time.after(10 * minute, () => job.runner === name && finish(job, 'failure'));
    },
    ports: (process: Process): GitHub =>
      portsOf({ world, process, jobs, runners, failed, refusedScopes, bring, nextId: () => String(++ids) }),
  };
}

export type SimulatedGitHub = ReturnType<typeof simulatedGitHub>;

/** Group scopes cover the repositories of their organization, repository scopes one. */
export function covers(scope: string, repository: string): boolean {
  const [kind, owner, name] = scope.split('/');
  return kind === 'group' ? repository.startsWith(`${owner}/`) : repository === `${owner}/${name}`;
}

interface Inside {
  world: World;
  process: Process;
  jobs: Map<string, SimulatedJob>;
  runners: Map<string, SimulatedRunner>;
  failed: Map<string, Delivery>;
  refusedScopes: Set<string>;
  bring(delivery: Delivery): Promise<void>;
  nextId(): string;
}

function portsOf(inside: Inside): GitHub {
  const { world, process, jobs, runners, failed, refusedScopes } = inside;
  const lost = { lost: world.faults.github, answerLost: world.faults.github / 2, low: 80, high: 400 };
  const ask = <T>(what: string, effect: () => T): Promise<T> => world.call(process, what, effect, lost);
  return {
    jobs: {
      job: (_repository, id) => ask(`job ${id}`, () => asJob(jobs.get(id))),
      run: (_repository, id) => ask(`run ${id}`, () => asRun(jobs.get(id))),
      queued: (repository) =>
        ask('queued jobs', () => {
          const all = [...jobs.values()].filter((job) => job.repository === repository);
          return all.map(asJob).filter((job) => job !== undefined && job.status === 'queued');
        }).then((found) => found.filter((job) => job !== undefined)),
      cancelRun: () => ask('cancel run', () => undefined),
      requiresApprovalForAll: () => ask('fork approval', () => false),
    },
    runners: {
      register: (scope, name) =>
        ask(`register ${name}`, () => {
          if (refusedScopes.has(scope)) return { kind: 'refused', why: 'not found' } as const;
          const id = inside.nextId();
          runners.set(name, { name, id, scope, state: 'offline', alive: () => true });
          return { kind: 'made', jitConfig: name, runnerId: id } as const;
        }),
      remove: (_scope, { name }) => ask(`delete ${name}`, () => removed(inside, name)),
      list: (scope, prefix) =>
        ask('list runners', () =>
          [...runners.values()]
            .filter((runner) => runner.scope === scope && runner.name.startsWith(prefix))
            .map(({ id, name, state }) => ({
              id,
              name,
              busy: state === 'busy',
              online: state !== 'offline',
            })),
        ),
      refusal: (scope) => ask('probe', () => (refusedScopes.has(scope) ? 'not found' : undefined)),
      download: () => Promise.resolve({ url: 'https://example.com/runner.tar.gz', sha256: '0'.repeat(64) }),
    },
    checks: {
      create: () => ask('create check', () => inside.nextId()),
      update: () => ask('update check', () => undefined),
    },
    deliveries: {
      failed: () => ask('failed deliveries', () => [...failed.keys()]),
      redeliver: (id) =>
        ask('redeliver', () => {
          const delivery = failed.get(id);
          failed.delete(id);
          if (delivery) void inside.bring(delivery);
        }),
    },
  };
}

function removed({ world, runners }: Inside, name: string): 'deleted' | 'absent' | 'busy' {
  const runner = runners.get(name);
  if (!runner) return 'absent';
  const young = world.time.now() - (runner.job?.startedAt ?? 0) < minute;
  const stale = world.faults.staleBusy && world.faulty(young ? 0.3 : 0.03);
  if (runner.state === 'busy' && !stale) return 'busy';
  if (runner.state === 'assigned' && world.chance.chance(0.5)) return 'busy';
  const idle = runner.state === 'idle' || runner.state === 'offline';
  runners.delete(name);
  if (idle) runner.onEnd?.();
  return 'deleted';
}

const statuses = {
  new: 'queued',
  queued: 'queued',
  assigned: 'queued',
  running: 'in_progress',
  done: 'completed',
} as const;

export function asJob(job: SimulatedJob | undefined): GitHubJob | undefined {
  if (!job) return undefined;
  const named = job.state === 'running' || job.state === 'done';
  return {
    id: job.id,
    runId: job.id,
    runAttempt: 1,
    name: job.id,
    labels: job.labels,
    headSha: 'f'.repeat(40),
    status: statuses[job.state],
    conclusion: job.outcome,
    runner: named ? job.runner : undefined,
    queuedAt: job.queuedAt,
  };
}

function asRun(job: SimulatedJob | undefined): GitHubRun | undefined {
  if (!job) return undefined;
  return {
    id: job.id,
    event: job.event,
    status: 'queued',
    headSha: 'f'.repeat(40),
    headRepositoryId: job.fork ? '2' : '1',
    baseRepositoryId: '1',
  };
}
