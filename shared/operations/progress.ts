// What agents say while their runner lives. After the start the machine belongs to
// its job: it can only end itself sooner.
import type {
  FinishedAnswer,
  FinishedRequest,
  JobAnswer,
  JobRequest,
  ProgressAnswer,
  ProgressRequest,
} from '../contract/claim.ts';
import { ownShelf } from '../contract/offerings.ts';
import { admission } from '../policy/admission.ts';
import { folded } from '../policy/labels.ts';
import { projectOf } from '../policy/route.ts';
import { Doubt } from '../scheduler/ports.ts';
import type { Builder, Run } from '../scheduler/records.ts';
import { askedRun, withForkApproval } from './admit.ts';
import { changeRead } from './change.ts';
import { doubtHost } from './hosts/doubting.ts';
import { rememberEmpty } from './memory.ts';
import { notesOf } from './notes.ts';
import type { Ports } from './ports.ts';
import { byKey, byProof, holdsKey, refused, type Shown, type Spoken, says, turnOf } from './speaker.ts';

/**
 * A heartbeat, or the report of a machine that is not fit for work. Rings only when it brings news. `source`:
 * the address that it came from.
 */
export async function progress(
  ports: Ports,
  request: ProgressRequest,
  source?: string,
): Promise<Spoken<ProgressAnswer>> {
  if (request.failure) return giveUp(ports, { ...request, source }, request.failure);
  const builder = await byKey(ports, request);
  if (!builder) return refused;
  const now = ports.clock.now();
  let news = false;
  const after = await changeRead(ports.open, builder, (current) => {
    if (!current || !holdsKey(current, request.key) || isEnding(current)) return undefined;
    // What is being wiped has no job any more, whatever it says.
    if (current.phase === 'resetting') return { ...current, heardAt: now };
    news = request.busy && (current.startedAt === undefined || current.phase === 'retiring');
    return request.busy ? busy(current, now) : { ...current, heardAt: now };
  });
  if (news) await ports.bell.ring(builder.pool);
  const leave = !after || isEnding(after) || (after.deletedAt !== undefined && !request.busy);
  return says({ next: leave ? 'shutdown' : 'continue' });
}

const isEnding = (builder: Builder): boolean => builder.phase === 'stopping' || builder.phase === 'gone';

/** No job may begin on it: it ends, or is wiped. */
const isOver = (builder: Builder): boolean => isEnding(builder) || builder.phase === 'resetting';

/** Busy by its own word: what was to be retired is needed after all. */
const busy = (builder: Builder, now: number): Builder => ({
  ...builder,
  phase: builder.phase === 'retiring' ? 'ready' : builder.phase,
  deletedAt: undefined,
  retiringAt: undefined,
  startedAt: builder.startedAt ?? now,
  heardAt: now,
});

/** The machine has found itself unfit before it claimed anything. The pass that is rung stops it at once. */
async function giveUp(
  ports: Ports,
  request: Omit<Shown, 'proof'>,
  failure: NonNullable<ProgressRequest['failure']>,
): Promise<Spoken<ProgressAnswer>> {
  const builder = await byProof(ports, { ...request, proof: failure.proof });
  if (!builder || builder === 'ended') return refused;
  const { why, log, epoch } = failure;
  // A job of an earlier turn may have kept the proof, which stays the same.
  const isNow = builder.turn === 1 || (epoch && (await turnOf(ports, builder, epoch)) === 'present');
  if (!isNow) return says({ next: 'continue' });
  const ended = await changeRead(ports.open, builder, (current) =>
    current?.phase === 'booting' && current.turn === builder.turn
      ? { ...current, phase: 'stopping', why, log }
      : undefined,
  );
  if (ended?.phase === 'stopping' && ended.claimedAt === undefined) {
    await rememberUnfit(ports, { ...builder, ...ended }, why);
  }
  await ports.bell.ring(builder.pool);
  return says({ next: 'shutdown' });
}

/** What it was got as is not asked for again for a while; on a host, the host is what may be broken. */
async function rememberUnfit(ports: Ports, unfit: Builder, why: string): Promise<void> {
  if (unfit.host !== undefined) return doubtHost(ports, unfit, why);
  if (!unfit.offering) return;
  const until = ports.clock.now() + ports.standard.unfitMs;
  const shelf = ownShelf(unfit.pool, unfit.offering);
  await rememberEmpty(ports, shelf, { until, why: `failed: ${why}`.slice(0, 400) });
}

/**
 * The runner has exited. Of a good job there is no log. A machine on a host stays as it is until it is wiped
 * from outside, or ended: whichever the plan decides.
 */
export async function finished(ports: Ports, request: FinishedRequest): Promise<Spoken<FinishedAnswer>> {
  const builder = await byKey(ports, request);
  if (!builder) return refused;
  const after = await changeRead(ports.open, builder, (current) => {
    if (!current || !holdsKey(current, request.key) || isEnding(current)) return undefined;
    if (current.phase === 'resetting') return undefined;
    return endOfJob(current, request, ports.clock.now());
  });
  // Its next turn has begun meanwhile, which it knows nothing of.
  if (after && !holdsKey(after, request.key)) return refused;
  // It says so again and again while its disk is replaced, which is no news.
  if (after?.reset === undefined) await ports.bell.ring(builder.pool);
  return says(after?.phase === 'resetting' ? { next: 'wait', seconds: 15 } : { next: 'shutdown' });
}

function endOfJob(builder: Builder, { exitCode, log }: FinishedRequest, now: number): Builder {
  const why = endOf(builder, exitCode);
  const ended = { ...builder, finishedAt: now, log: log ?? builder.log };
  return builder.host === undefined
    ? { ...ended, phase: 'stopping', why, stoppingAt: now }
    : { ...ended, phase: 'resetting', why: why === finishedWhy ? undefined : why };
}

const finishedWhy = 'finished';

/**
 * Exit status 7: GitHub gives this version of the runner program no jobs (actions/runner, Constants.cs). 0 is
 * also the status of one that could not start.
 */
function endOf({ startedAt, retiringAt }: Builder, exitCode: number): string {
  const early = startedAt === undefined && retiringAt === undefined;
  if (exitCode === 0) return early ? 'the runner ended without a job' : finishedWhy;
  return exitCode === 7
    ? 'GitHub refuses this version of the runner'
    : `the runner failed with status ${exitCode}`;
}

/**
 * The job that really came asks for leave, before its first step. Policy that refuses it stops it here; a
 * limit does not: no machine is saved by it any more.
 */
export async function startJob(ports: Ports, request: JobRequest): Promise<Spoken<JobAnswer>> {
  const builder = await byKey(ports, request);
  if (!builder) return refused;
  const now = ports.clock.now();
  const started = await changeRead(ports.open, builder, (current) =>
    current && holdsKey(current, request.key) && !isOver(current)
      ? { ...busy(current, now), run: current.run ?? request.runId }
      : undefined,
  );
  await ports.bell.ring(builder.pool);
  if (!started || isOver(started)) return says({ allow: false, why: 'This builder is being stopped.' });
  // A job that holds the key may ask for ever, and each new run would be a call to GitHub.
  if (started.run !== request.runId) return says({ allow: false, why: 'This builder has its job already.' });
  const answer = await leaveFor(ports, started, request);
  const { pool, id } = builder;
  ports.log({
    unit: 'job-started',
    pool,
    builder: id,
    repository: request.repository,
    run: request.runId,
    ...answer,
  });
  return says(answer);
}

async function leaveFor(ports: Ports, builder: Builder, request: JobRequest): Promise<JobAnswer> {
  const project = projectOf(ports.config, request.repository);
  if (!project) return { allow: false, why: `${request.repository} is in no project of the configuration.` };
  const job = { pool: builder.pool, project, repository: request.repository, runId: request.runId };
  const run = await runOf(ports, job);
  const said = admission(ports.config, job, run);
  if (said.kind !== 'admitted') return { allow: false, why: said.why };
  const why = whyNotHere(builder, request.repository, run);
  return why === undefined ? { allow: true, notes: notesOf(ports.config, builder) } : { allow: false, why };
}

/**
 * Of a machine whose disk was replaced between two jobs, other parts still are as the first has left them: it
 * takes trusted jobs of the same repository only.
 */
function whyNotHere({ bound }: Builder, repository: string, run: Run | undefined): string | undefined {
  if (bound === undefined) return undefined;
  const before = `This Mac has served ${bound} before, and only its disk was replaced since then`;
  if (folded(bound) !== folded(repository)) return `${before}: it takes jobs of that repository only.`;
  return run?.trust === 'trusted' ? undefined : `${before}: it takes trusted jobs only.`;
}

/** The run as the pool knows it, or as GitHub tells it now; undefined when there is no answer. */
async function runOf(
  ports: Ports,
  job: { pool: string; project: string; repository: string; runId: string },
): Promise<Run | undefined> {
  try {
    const known = await ports.open.get(job.pool, 'run', job.runId);
    const run = known?.repository === job.repository ? known : await askedRun(ports, job);
    const judged = run && (await withForkApproval(ports, job, run));
    if (judged && judged !== known) await ports.open.put(judged);
    return judged;
  } catch (error) {
    if (error instanceof Doubt) return undefined;
    throw error;
  }
}
