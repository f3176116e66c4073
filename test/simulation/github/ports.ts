// The ports of a simulated GitHub: calls are lost, and so are answers; whether a runner is busy is stale.
import type { Checks, Deliveries, GitHub, Jobs, Runners } from '../../../shared/scheduler/ports.ts';
import { minute } from '../time.ts';
import type { Process } from '../world.ts';
import { asJob, asRegistration, asRun } from './answers.ts';
import type { Inside } from './assignment.ts';

type Ask = <T>(what: string, effect: () => T) => Promise<T>;

/** GitHub as one process reaches it: the process may die at each call. */
export function portsOf(inside: Inside, process: Process): GitHub {
  const { github } = inside.world.faults;
  const options = { lost: github, answerLost: github / 2, low: 80, high: 400 };
  const ask: Ask = (what, effect) => inside.world.call(process, what, effect, options);
  return {
    jobs: jobsOf(inside, ask),
    runners: runnersOf(inside, ask),
    checks: checksOf(inside, ask),
    deliveries: deliveriesOf(inside, ask),
    allowance: () => undefined,
  };
}

function jobsOf({ jobs, settings }: Inside, ask: Ask): Jobs {
  const queued = (repository: string) =>
    [...jobs.values()]
      .filter((job) => job.repository === repository && job.state !== 'done')
      .map(asJob)
      .filter((job) => job.status === 'queued');
  return {
    job: (_repository, id) => ask(`job ${id}`, () => ifAny(jobs.get(id), asJob)),
    run: (_repository, id) => ask(`run ${id}`, () => ifAny(jobs.get(id), asRun)),
    queued: (repository) => ask('queued jobs', () => queued(repository)),
    cancelRun: () => ask('cancel run', () => undefined),
    rerun: () => ask('run again', () => undefined),
    requiresApprovalForAll: () => ask('fork approval', () => settings.approvesForks),
  };
}

const ifAny = <A, B>(one: A | undefined, show: (one: A) => B): B | undefined =>
  one === undefined ? undefined : show(one);

function runnersOf(inside: Inside, ask: Ask): Runners {
  const { runners, nextId } = inside;
  const refused = (scope: string): boolean => {
    const { faults, faultsEnd, time } = inside.world;
    return scope === faults.refusedScope && time.now() < faultsEnd;
  };
  const registered = (scope: string, name: string, labels: string[]) => {
    if (refused(scope)) return { kind: 'refused', why: 'not installed' } as const;
    const id = nextId();
    runners.set(name, { name, id, scope, labels, state: 'offline', alive: () => true });
    return { kind: 'made', jitConfig: name, runnerId: id } as const;
  };
  const listed = (scope: string, prefix: string) =>
    [...runners.values()]
      .filter((runner) => runner.scope === scope && runner.name.startsWith(prefix))
      .map(asRegistration);
  return {
    register: (scope, name, labels) => ask(`register ${name}`, () => registered(scope, name, labels)),
    remove: (_scope, { name }) => ask(`delete ${name}`, () => removed(inside, name)),
    list: (scope, prefix) => ask('list runners', () => listed(scope, prefix)),
    refusal: (scope) => ask('probe', () => (refused(scope) ? 'not installed' : undefined)),
    download: () => Promise.resolve({ url: 'https://example.com/runner.tar.gz', sha256: '0'.repeat(64) }),
  };
}

/** GitHub knows late that a runner is busy, and may then delete its registration all the same. */
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

const checksOf = ({ nextId }: Inside, ask: Ask): Checks => ({
  create: () => ask('create check', nextId),
  update: () => ask('update check', () => undefined),
});

const deliveriesOf = ({ deliveries }: Inside, ask: Ask): Deliveries => ({
  page: () => ask('failed deliveries', () => ({ attempts: deliveries.failedIds().map(attemptOf) })),
  redeliver: (id) => ask('redeliver', () => deliveries.redeliver(id)),
});

const attemptOf = (id: string) => ({ id, guid: id, at: 0, hasArrived: false });
