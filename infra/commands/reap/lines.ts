// A dry run in lines for people, or as JSON for programs.
import type { Rehearsal, Unowned, Would } from '../../../shared/runtime/dry-run/rehearsal.ts';
import { table } from '../table.ts';
import { outlookOf, type Shown, shownOf } from './shown.ts';

/** Each section has a heading, its lines, and an empty line after them. */
export function linesOf(installation: string, rehearsal: Rehearsal, all: boolean): string[] {
  const { at, report, would } = rehearsal;
  const counts = Object.entries(report.counts).map(([what, n]) => `${what}: ${n}`);
  return [
    `What a sweep of Callsheet '${installation}' would do at ${timeOf(at)}. Nothing is changed.`,
    '',
    ...shownOf(rehearsal, all).flatMap(groupLines),
    ...section('It would', all ? would.map(wordsOf) : briefly(would)),
    ...section('Counts', counts),
    ...section('Without an owner', table(report.unowned.map(unownedRow))),
    ...section(
      'Not sure, so that nothing is done',
      report.abstained.map(({ part, why }) => `${part}: ${why}`),
    ),
    ...section('Problems', report.problems.length === 0 ? ['none'] : report.problems),
  ];
}

const timeOf = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

const section = (heading: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [heading, ...lines.map((line) => `  ${line}`), ''];

function groupLines({ group, decisions, left }: Shown): string[] {
  const rest = left === 0 ? '' : ` (${left} left as they are: --all shows them)`;
  const rows = decisions.map((told) => {
    const { what, id, decision, why, pool } = told;
    const name = isPool(pool) ? `${what} ${id} of pool ${pool}` : `${what} ${id}`;
    return [decision, name, `${why}${outlookOf(told)}`];
  });
  const heading = `${group[0]?.toUpperCase()}${group.slice(1)}${rest}`;
  return [heading, ...table(rows).map((line) => `  ${line}`), ''];
}

/** Partitions of what belongs to no pool begin with a hyphen. */
const isPool = (pool: string | undefined): boolean => pool !== undefined && !pool.startsWith('-');

const wordsOf = ({ act, what, id, of }: Would): string =>
  [act, what, id, ...(of ? ['of', of] : [])].join(' ');

/** What stays within Callsheet is counted only. */
function briefly(would: readonly Would[]): string[] {
  const isInside = ({ act }: Would): boolean =>
    act === 'write' || act === 'remove' || act === 'archive' || act === 'ring';
  const inside = Map.groupBy(would.filter(isInside), ({ act, what }) => `${act} ${what}`);
  const counted = [...inside].map(([key, { length }]) =>
    length === 1 ? `${key}: once` : `${key}: ${length} times`,
  );
  return [...would.filter((one) => !isInside(one)).map(wordsOf), ...counted];
}

const unownedRow = ({ kind, id, place, since, usdPerHour, ...of }: Unowned): string[] => [
  `${kind} ${id}`,
  place ?? '-',
  `since ${timeOf(since)}`,
  `${usdPerHour.toFixed(4)} USD an hour`,
  of.protected ? 'protected by its tag' : '',
];

/** Everything, whatever it is. Times are in ms since 1970. */
export function jsonOf(installation: string, { at, report, told, would }: Rehearsal): string {
  const { counts, unowned, abstained, problems } = report;
  const decisions = told.map((one) => ({ ...one, why: `${one.why}${outlookOf(one)}` }));
  const all = { installation, at, decisions, would, counts, unowned, abstained, problems };
  return JSON.stringify(all, null, 2);
}
