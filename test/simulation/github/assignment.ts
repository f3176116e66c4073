// How a simulated GitHub brings jobs to runners: any fitting runner gets any fitting job, runs it, ends it.
import { second } from '../time.ts';
import { type Inside, runOf, tell } from './inside.ts';
import { runIdOf, type SimulatedJob, type SimulatedRunner } from './records.ts';
import { statusOf } from './shapes.ts';

/** What ended is known for this long. */
const knownMs = 48 * 60 * 60 * second;

/** A job that its runner has not begun by then is for any runner again. */
const pickUpMs = 60 * second;

/** Gives each idle runner a job that fits, mostly the oldest. */
export function match(inside: Inside): void {
  const { line, world } = inside;
  for (let pair = line.pair(); pair; pair = line.pair()) {
    const oldest = pair.jobs.reduce((a, b) => (a.queuedAt <= b.queuedAt ? a : b));
    assign(inside, pair.runner, world.chance.chance(0.6) ? oldest : world.chance.pick(pair.jobs));
  }
}

export function assign(inside: Inside, runner: SimulatedRunner, job: SimulatedJob): void {
  const { line, world } = inside;
  line.drop(job);
  line.wake(runner);
  Object.assign(job, { state: 'assigned', runner: runner.name });
  Object.assign(runner, { state: 'assigned', job });
  world.time.after(pickUpMs, () => requeue(inside, runner, job));
  world.time.after(world.chance.between(300, 3000), () => void start(inside, runner, job));
}

const isAssigned = (job: SimulatedJob, runner: SimulatedRunner): boolean =>
  job.state === 'assigned' && job.runner === runner.name;

/** The runner is for any job, if it is still there and registered. */
export function release(inside: Inside, runner: SimulatedRunner): void {
  if (runner.state !== 'assigned') return;
  const isIdle = runner.alive();
  Object.assign(runner, { state: isIdle ? 'idle' : 'offline', job: undefined });
  if (isIdle && inside.runners.get(runner.name) === runner) inside.line.rest(runner);
}

/** What nobody here has asked for is given up then. */
function requeue(inside: Inside, runner: SimulatedRunner, job: SimulatedJob): void {
  if (!isAssigned(job, runner)) return;
  Object.assign(job, { state: 'queued', runner: undefined });
  release(inside, runner);
  if (job.made === 'thief') finish(inside, job, 'cancelled');
  else inside.line.add(job);
  match(inside);
}

async function start(inside: Inside, runner: SimulatedRunner, job: SimulatedJob): Promise<void> {
  if (!isAssigned(job, runner) || !runner.alive()) return;
  const { world, settings } = inside;
  const { time, chance, faults } = world;
  Object.assign(job, { state: 'running', startedAt: time.now() });
  const lagMs = faults.staleBusy && world.isFoul() ? chance.between(25, 60) * second : 0;
  Object.assign(runner, { state: 'busy', busyFrom: time.now() + lagMs });
  world.say(`GitHub: ${job.id} runs on ${runner.name}`);
  tell(inside, 'in_progress', job);
  const allowed = (await runner.onJob?.(job)) ?? true;
  if (!allowed) return finish(inside, job, 'failure');
  if (job.fork && !settings.approvesForks) world.breaks(`a refused job ran its first step: ${job.id}`);
  time.after(job.runMs, () => {
    if (job.state === 'running' && runner.alive()) finish(inside, job, job.comesTo ?? 'success');
  });
}

/** Ends a job, and with it the registration of the runner that ran it. */
export function finish(inside: Inside, job: SimulatedJob, outcome: string): void {
  if (job.state === 'done') return;
  const { world, line, runners, connected } = inside;
  const runner = connected.get(job.runner ?? '');
  line.drop(job);
  Object.assign(job, { state: 'done', outcome, endedAt: world.time.now() });
  world.say(`GitHub: ${job.id} done: ${outcome}`);
  tell(inside, 'completed', job);
  closeRun(inside, job);
  world.time.after(knownMs, () => forget(inside, job));
  if (runner && runner.job === job) {
    connected.delete(runner.name);
    if (runners.get(runner.name) === runner) runners.delete(runner.name);
    runner.onEnd?.();
  }
}

function forget({ jobs, runs }: Inside, job: SimulatedJob): void {
  jobs.delete(job.id);
  const run = runs.get(runIdOf(job));
  if (run?.jobs.every(({ id }) => !jobs.has(id))) runs.delete(run.id);
}

function closeRun(inside: Inside, job: SimulatedJob): void {
  const run = runOf(inside, job);
  if (statusOf(run).status === 'completed') inside.open.get(run.repository)?.delete(run);
}
