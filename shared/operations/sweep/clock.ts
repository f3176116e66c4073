// Time that did not go by as it should: what earlier sweeps have seen does not count then.
import type { Time } from '../../scheduler/records.ts';
import type { Ports } from '../ports.ts';
import { abstain, type Report } from './report.ts';

/** Idle installations are swept at every fifth tick. */
const mostSweeps = 10;

/**
 * May this sweep end what earlier ones have seen, too? Not after a pause, nor when the clock was set: then it
 * says so, and takes all sightings anew. `lastAt`: the start of the last sweep that ended.
 */
export function mayEnd({ clock, standard }: Ports, lastAt: Time, report: Report): boolean {
  const now = clock.now();
  const { sweepMs } = standard;
  const wrong = whatIsWrong(lastAt, now, sweepMs);
  if (!wrong) return true;
  abstain(report, { ...wrong, kinds: [] });
  return false;
}

function whatIsWrong(lastAt: Time, now: Time, sweepMs: number): { part: string; why: string } | undefined {
  const then = new Date(lastAt).toISOString();
  const here = new Date(now).toISOString();
  const anew = 'this sweep ends nothing that nobody owns, and takes all sightings anew';
  if (lastAt - now > sweepMs)
    return { part: 'clock', why: `it is ${here}, after a sweep at ${then}: ${anew}` };
  if (now - lastAt > mostSweeps * sweepMs)
    return { part: 'reaper', why: `no sweep ended from ${then} to ${here}: ${anew}` };
  return undefined;
}
