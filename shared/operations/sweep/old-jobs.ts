// Jobs that have waited for almost as long as GitHub lets them.
import type { Job, PoolState } from '../../scheduler/records.ts';
import { spanOf } from '../../scheduler/spans.ts';
import type { Ports } from '../ports.ts';
import type { Report } from './report.ts';

/** From this part of GitHub's limit on (20 of 24 hours) an admin is told. */
const worryAfter = 20 / 24;
/** So many jobs are named. */
const named = 10;

/** Names jobs that GitHub will soon fail since nobody has served them. A refused one waits for nobody. */
export function reportOldJobs(
  { clock, standard }: Pick<Ports, 'clock' | 'standard'>,
  states: readonly PoolState[],
  { problems }: Report,
): void {
  const { queuedAtMostMs } = standard;
  const worryMs = queuedAtMostMs * worryAfter;
  const isOld = ({ phase, queuedAt, verdict }: Job): boolean =>
    phase === 'waiting' && verdict?.state !== 'refused' && clock.now() - queuedAt >= worryMs;
  const old = states.flatMap(({ jobs }) => jobs.filter(isOld)).sort((a, b) => a.queuedAt - b.queuedAt);
  for (const { id, repository, queuedAt, verdict } of old.slice(0, named)) {
    const until = `waits since ${timeOf(queuedAt)}, GitHub fails it at ${timeOf(queuedAt + queuedAtMostMs)}`;
    problems.push(`job ${id} of ${repository}: ${until}: ${verdict?.why ?? 'no pass has said why'}`);
  }
  const more = old.length - named;
  if (more > 0) problems.push(`old jobs: ${more} others wait for more than ${spanOf(worryMs)}`);
}

/** `2026-11-21T12:00Z`. */
const timeOf = (at: number): string => `${new Date(at).toISOString().slice(0, 16)}Z`;
