// Re-runs: jobs that lost their machines to the cloud (spot) are run again once their run has ended. At most
// as often as the pool says: the intent is saved first, and a crash behind it forgets the re-run.
import { parseOffering } from '../contract/offerings.ts';
import { admission } from '../policy/admission.ts';
import { poolNamed } from '../policy/lookup.ts';
import { projectOf } from '../policy/route.ts';
import { type Lost, lostJobs, lostOf } from '../scheduler/losses.ts';
import { Doubt } from '../scheduler/ports.ts';
import type { Builder, PoolState, Run } from '../scheduler/records.ts';
import { withForkApproval } from './admit.ts';
import { type Ports, paceOf } from './ports.ts';
import { save } from './state.ts';

/** GitHub is asked at most this often whether a run has ended. */
const askEveryMs = 50_000;

/** A run as it is written down, and what it has lost. Without: nothing is to be done about it any more. */
export interface Loss {
  run: Run;
  lost: Lost | undefined;
}

/** The runs of a pool that have lost jobs. None where the pool does not want them to be run again. */
export function lossesOf(ports: Ports, state: PoolState): Loss[] {
  const most = poolNamed(ports.config, state.pool.pool)?.rerunLost ?? 0;
  const found = lostJobs(state, (builder) => isSpot(ports, builder));
  return state.runs.flatMap((run) => {
    const lost = (run.reruns ?? 0) < most ? lostOf(run, found.get(run.id) ?? []) : undefined;
    return lost || run.lost ? [{ run, lost }] : [];
  });
}

/** By its offering; a machine that was adopted without one is what its rung asks for. */
function isSpot({ config }: Ports, { pool, rung, offering = '' }: Builder): boolean {
  const asked = poolNamed(config, pool)?.ladder[rung];
  const market = parseOffering(offering)?.market ?? (asked?.provider === 'ec2' ? asked.market : undefined);
  return market === 'spot';
}

/** Writes a loss down, and has the run's failed jobs run again once it has ended. True: raced. */
export async function settleLoss(ports: Ports, state: PoolState, { run, lost }: Loss): Promise<boolean> {
  if (!lost) return isRaced(save(ports, state, { ...run, lost }));
  const jobs = state.jobs.filter((job) => job.runId === run.id);
  if (jobs.some((job) => job.runAttempt > lost.attempt)) return isRaced(count(ports, state, run, lost));
  const now = ports.clock.now();
  const mayHaveEnded = jobs.every((job) => job.phase === 'done');
  if (mayHaveEnded && now - run.askedAt >= askEveryMs / paceOf(ports)) {
    const asked = await save(ports, state, { ...run, lost, askedAt: now });
    return asked ? rerunIfEnded(ports, state, asked, lost) : true;
  }
  const isNews = run.lost?.attempt !== lost.attempt || run.lost.jobs.length !== lost.jobs.length;
  return isNews && isRaced(save(ports, state, { ...run, lost }));
}

const isRaced = async (saved: Promise<Run | undefined>): Promise<boolean> => (await saved) === undefined;

/** Its jobs run again, or soon will: by us, or because somebody else was faster. */
const count = (ports: Ports, state: PoolState, run: Run, { attempt }: Lost): Promise<Run | undefined> =>
  save(ports, state, {
    ...run,
    lost: undefined,
    reruns: (run.reruns ?? 0) + 1,
    rerunOf: attempt,
    rerunAt: ports.clock.now(),
  });

async function rerunIfEnded(ports: Ports, state: PoolState, run: Run, lost: Lost): Promise<boolean> {
  switch (await standing(ports, run, lost)) {
    case 'goes on':
      return false;
    case 'was run again':
      return isRaced(count(ports, state, run, lost));
    case 'closed':
      return isRaced(save(ports, state, { ...run, lost: undefined }));
    case 'ended': {
      const intent = await count(ports, state, run, lost);
      if (!intent) return true;
      await askFor(ports, state, intent, { ...run, version: intent.version });
      return false;
    }
  }
}

/** How the run stands, by GitHub's word. `closed`: it is deleted, or policy does not admit it any more. */
async function standing(
  ports: Ports,
  run: Run,
  lost: Lost,
): Promise<'goes on' | 'ended' | 'was run again' | 'closed'> {
  const answer = await ports.github.jobs.run(run.repository, run.id);
  if (!answer) return 'closed';
  const { status, attempt = lost.attempt } = answer;
  if (attempt > lost.attempt) return 'was run again';
  if (status !== 'completed' || attempt < lost.attempt) return 'goes on';
  const { pool, repository } = run;
  const job = { pool, repository, project: projectOf(ports.config, repository) ?? '' };
  const said = admission(ports.config, job, await withForkApproval(ports, job, run));
  switch (said.kind) {
    case 'admitted':
      return 'ended';
    case 'unknown':
      return 'goes on';
    case 'refused':
      return 'closed';
  }
}

/** Of a call that a rate limit has refused nothing has come: it is as `before`, and asked for later. */
async function askFor(ports: Ports, state: PoolState, run: Run, before: Run): Promise<void> {
  const line = { unit: 'rerun', pool: run.pool, run: run.id, jobs: before.lost?.jobs };
  try {
    const why = await ports.github.jobs.rerun(run.repository, run.id);
    if (why === undefined) ports.log({ ...line, outcome: 'asked' });
    else ports.log({ ...line, level: 'error', outcome: 'refused', why });
  } catch (error) {
    if (error instanceof Doubt && error.retryAt !== undefined) await save(ports, state, before);
    throw error;
  }
}
