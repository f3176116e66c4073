// The result of a simulation in lines: what was simulated, and a row for each pattern and policy.
import { cheapestAsQuick } from '../../../shared/forecast/advice.ts';
import type { Question, Row } from '../../../shared/forecast/comparison.ts';
import { patterns } from '../../../shared/forecast/demand.ts';
import { minute } from '../../../shared/forecast/units.ts';
import { paidHours } from '../../../shared/policy/hosts.ts';

/** `pool`: its name. */
export function aboutLines(pool: string, { settings, patterns: asked, days, seed }: Question): string[] {
  const { offers, maximum, waitMs, stayMs, paidDay, afterwards, resets } = settings;
  const offer = offers[0];
  const time = days === 1 ? '1 day' : `${days} days`;
  return [
    `${time} of pool ${pool}, seed ${seed}; a host of ${offer?.offering.split('/')[2] ?? 'none'} ` +
      `costs ${offer?.usdPerHour.toFixed(3)} USD an hour, for ${paidHours} hours at least.`,
    `As configured: at most ${maximum} hosts, jobs wait ${waitMs / minute} min, ` +
      `Macs stay ${stayMs / minute} min, paid day ${paidDay}, afterwards ${afterwards}, ` +
      `reset ${resets ? 'replace-root' : 'relaunch'}.`,
    ...asked.map((name) => `  ${name}: ${patterns[name].about}`),
  ];
}

const heading = [
  'pattern',
  'policy',
  'setting',
  'USD',
  'USD a job',
  'median wait',
  '95 % wait',
  'hosts',
  'at once',
];

/** Waits in hours and minutes: `0:12`. */
export const cellsOf = (rows: readonly Row[]): string[][] => [
  heading,
  ...rows.map((row) => [
    row.pattern,
    row.policy,
    row.setting,
    row.usd.toFixed(0),
    row.usdPerJob.toFixed(2),
    clock(row.medianWait),
    clock(row.wait95),
    String(row.hosts),
    String(row.hostsAtOnce),
  ]),
];

/** What Callsheet costs where it is as quick as the others, one line for each; or that nothing came. */
export const adviceLines = (rows: readonly Row[]): string[] => [
  ...new Set(rows.filter(({ policy }) => policy !== 'Callsheet').map((other) => adviceLine(rows, other))),
];

function adviceLine(rows: readonly Row[], other: Row): string {
  if (other.jobs === 0) return `${other.pattern}: no job came in this time; simulate more --days`;
  const best = cheapestAsQuick(rows, other);
  const name = [other.policy, other.setting].filter(Boolean).join(', ');
  return best
    ? `${other.pattern}: as quick as ${name} (${other.usd.toFixed(0)} USD) is Callsheet ` +
        `(${best.setting}) for ${best.usd.toFixed(0)} USD`
    : `${other.pattern}: no setting that was tried is as quick as ${name}`;
}

function clock(minutes: number): string {
  const whole = Math.round(minutes);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
