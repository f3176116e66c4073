// What a dry run shows of its decisions: by kinds of things, and without what is left as it is.
import type { Rehearsal, Told, Unowned } from '../../../shared/runtime/dry-run/rehearsal.ts';

export const groups = [
  'machines',
  'hosts',
  'leftovers',
  'registrations',
  'jobs',
  'deliveries',
  'records',
] as const;
export type Group = (typeof groups)[number];

const groupsOf: Readonly<Record<string, Group>> = {
  machine: 'machines',
  'missing machine': 'machines',
  host: 'hosts',
  'missing host': 'hosts',
  volume: 'leftovers',
  interface: 'leftovers',
  registration: 'registrations',
  scope: 'registrations',
  job: 'jobs',
  repository: 'jobs',
  delivery: 'deliveries',
};

/** What is archived is a record, whatever it is a record of. */
const groupOf = ({ what, decision }: Told): Group =>
  decision === 'archive' ? 'records' : (groupsOf[what] ?? 'records');

export interface Shown {
  group: Group;
  decisions: Told[];
  /** So many others are not shown: they are left as they are. */
  left: number;
}

/** Each group that has decisions: of those about one thing the last. `all`: nothing is left out. */
export function shownOf({ told, report }: Rehearsal, all: boolean): Shown[] {
  const unowned = new Set(report.unowned.map(keyOf));
  const isNews = (one: Told): boolean =>
    !quiet.has(one.decision) || one.isDoubtful === true || unowned.has(keyOf({ kind: one.what, id: one.id }));
  const lastWords = new Map(told.map((one) => [`${one.pool} ${one.what} ${one.id}`, one]));
  const grouped = Map.groupBy(lastWords.values(), groupOf);
  return groups.flatMap((group) => {
    const made = grouped.get(group) ?? [];
    const decisions = all ? made : made.filter(isNews);
    return made.length === 0 ? [] : [{ group, decisions, left: made.length - decisions.length }];
  });
}

/** Decisions that change nothing and are the rule. */
const quiet: ReadonlySet<string> = new Set(['leave', 'nothing', 'list']);

const keyOf = ({ kind, id }: Pick<Unowned, 'id'> & { kind: string }): string => `${kind} ${id}`;

/** One sweep sees a thing once: what the next ones would do. */
export function outlookOf({ what, decision }: Told): string {
  if (decision !== 'remember') return '';
  return what.startsWith('missing')
    ? '; the next sweep, a minute later, would ask the cloud for it by its id'
    : '; the next sweep, a minute later, would end it';
}
