// How many calls of AWS and GitHub a job costs, alone and as one of a matrix.
import { counts } from '../../shared/scheduler/limits.ts';
import { type Story, serve } from './story.ts';
import { atMost, type Figure } from './table.ts';
import type { What, Who } from './tally.ts';

const titles: Record<What, string> = {
  reads: 'reads',
  items: 'records read',
  writes: 'writes',
  rings: 'rings',
  GitHub: 'GitHub calls',
  provider: 'provider calls',
};
const kinds: What[] = ['reads', 'items', 'writes', 'rings', 'GitHub', 'provider'];
const callers: Who[] = ['webhook', 'dispatcher', 'builder-api', 'cloud-events'];

/** The figures of a run of `jobs` jobs that are queued within a time. */
export async function benchCalls(jobs: number, queuedWithinMs: number): Promise<Figure[]> {
  const story = await serve(jobs, queuedWithinMs);
  const { served, left, launches, passes } = story;
  const fewest = queuedWithinMs === 0 ? Math.ceil(jobs / counts.registrationsAhead) : 5;
  return [
    {
      name: 'not served, or left at the end',
      measured: String(jobs - served + left),
      target: atMost(jobs - served + left, 0, ''),
    },
    {
      name: `launches, each one CreateFleet (${counts.registrationsAhead} registrations ahead)`,
      measured: String(launches),
      target: atMost(launches, fewest, ''),
    },
    {
      name: `passes (besides ${passes.skipped} skipped, ${passes.abandoned} abandoned)`,
      measured: String(passes.finished),
      against: `${(passes.finished / jobs).toFixed(2)} a job`,
    },
    ...kinds.map((what) => callsPerJob(story, what, jobs)),
    callsPerSweep('a sweep with their records there', story, 'reaper', story.sweeps),
    callsPerSweep('a sweep with nothing there', story, 'idle reaper', 1),
  ];
}

/** The reaper is no part of it: it comes each minute, whatever there is. */
function callsPerJob({ tally }: Story, what: What, jobs: number): Figure {
  const shares = callers.map((who) => ({ who, each: tally.count(what, who) / jobs }));
  const said = shares.filter(({ each }) => each > 0).map(({ who, each }) => `${who} ${each.toFixed(1)}`);
  const total = shares.reduce((sum, { each }) => sum + each, 0);
  return { name: titles[what], measured: total.toFixed(1), against: 'a job', parts: said.join(', ') };
}

function callsPerSweep(name: string, { tally }: Story, who: Who, sweeps: number): Figure {
  const each = (what: What): string => (tally.count(what, who) / sweeps).toFixed(1);
  const said = kinds.filter((what) => what !== 'items').map((what) => `${titles[what]} ${each(what)}`);
  const aws = (tally.count('reads', who) + tally.count('writes', who) + tally.count('rings', who)) / sweeps;
  return { name, measured: aws.toFixed(1), against: 'of AWS', parts: said.join(', ') };
}
