// The table of mutants: what each breaks, and what has caught it.
import { table } from '../../infra/commands/table.ts';
import { violationOf } from '../simulation/named.ts';
import type { Mutant } from './mutant.ts';
import type { Outcome } from './trial.ts';

export interface Row {
  mutant: Mutant;
  outcome: Outcome;
  seconds: number;
}

/** Words of what broke are cut: a table has no room for a story. */
const longest = 90;

/** One line for each mutant, under a head. */
export const tableOf = (rows: readonly Row[]): string[] =>
  table([
    ['mutant', 'breaks', 's', 'caught by'],
    ...rows.map(({ mutant: { name, breaks }, outcome, seconds }) => [
      name,
      breaks,
      seconds.toFixed(0),
      catchOf(outcome),
    ]),
  ]);

function catchOf(outcome: Outcome): string {
  switch (outcome.is) {
    case 'broken':
      return `${outcome.where}: ${wordsOf(outcome)}`.slice(0, longest + outcome.where.length);
    case 'clean':
      return 'NOT CAUGHT';
    case 'unfinished':
      return `NOT CAUGHT: ${outcome.why}`;
  }
}

/** Of a world: the invariant's number first. */
function wordsOf({ where, what }: Extract<Outcome, { is: 'broken' }>): string {
  if (where.startsWith('test/')) return what;
  const { number, what: words } = violationOf(what);
  return `invariant ${number}, ${words}`;
}
