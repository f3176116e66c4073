// The comparison: each pattern of demand under each policy.
import { demandOf, type PatternName } from './demand.ts';
import { luckOf } from './luck.ts';
import { monthOf } from './month.ts';
import { alwaysOn, callsheet, callsheetThatWaits, hostPerJob, waitsOfCurve } from './policies.ts';
import { type Result, resultOf } from './results.ts';
import type { Settings } from './settings.ts';

export interface Question {
  /** The pool's own. */
  settings: Settings;
  patterns: readonly PatternName[];
  days: number;
  seed: number;
}

export interface Row extends Result {
  pattern: PatternName;
  policy: 'host per job' | 'always on' | 'Callsheet';
  /** What is particular about it: `2 hosts`, `waits 60 min`, `as configured`. */
  setting: string;
}

/** More hosts than this are never always on. */
const mostAlwaysOn = 20;

/** How many rows there will be: for a progress bar. */
export const rowsOf = ({ patterns }: Question): number => patterns.length * (2 + waitsOfCurve.length + 1);

/** All rows, each as soon as it is known. */
export function* comparison({ settings, patterns, days, seed }: Question): Generator<Row> {
  const luck = luckOf(seed);
  for (const pattern of patterns) {
    const demand = demandOf(pattern, days, luck);
    const run = (policy: Row['policy'], setting: string, how: Settings): Row => ({
      pattern,
      policy,
      setting,
      ...resultOf(monthOf(how, demand, days, luck)),
    });
    yield run('host per job', '', hostPerJob(settings));
    const own = run('Callsheet', 'as configured', callsheet(settings));
    yield enoughAlwaysOn(own, (hosts) => run('always on', counted(hosts), alwaysOn(settings, hosts)));
    yield own;
    for (const minutes of waitsOfCurve)
      yield run('Callsheet', `waits ${minutes} min`, callsheetThatWaits(settings, minutes));
  }
}

/** As few hosts as let 95 % of the jobs start as soon as Callsheet does; the most where none are enough. */
function enoughAlwaysOn({ wait95 }: Result, run: (hosts: number) => Row): Row {
  for (let hosts = 1; hosts < mostAlwaysOn; hosts += 1) {
    const row = run(hosts);
    if (row.wait95 <= wait95) return row;
  }
  return run(mostAlwaysOn);
}

const counted = (hosts: number): string => (hosts === 1 ? '1 host' : `${hosts} hosts`);
