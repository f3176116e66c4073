// Outstanding: builders that unanswered launches may still bring, and which waiting jobs they are for.
import { payersOf } from './money.ts';
import type { Job, Launch, PoolState } from './records.ts';

export interface Outstanding {
  /** Of all launches: they take room. */
  all: number;
  /** Of launches that cost nothing: for anybody's jobs. */
  common: number;
  /** Of launches that cost money, by the project that pays: for its jobs only. */
  paid: ReadonlyMap<string, number>;
}

/** Counts what is outstanding: of each unanswered launch as many as have no record yet. */
export function outstandingOf({ launches, builders }: PoolState): Outstanding {
  const onRecord = Map.groupBy(builders, ({ launch }) => launch);
  const paid = new Map<string, number>();
  let all = 0;
  let common = 0;
  for (const launch of launches.filter(isUnanswered)) {
    const known = onRecord.get(launch.id) ?? [];
    const missing = Math.max(0, launch.n - known.length);
    all += missing;
    if (launch.usdPerHour === undefined) common += missing;
    else for (const payer of payersOf(launch, known).open) paid.set(payer, (paid.get(payer) ?? 0) + 1);
  }
  return { all, common, paid };
}

/**
 * The jobs that no outstanding builder is for, in their order; those that an unanswered launch was saved for
 * come last. A builder that a project pays for serves one of its jobs, any other whichever is left.
 */
export function unexpected(jobs: readonly Job[], state: PoolState, { paid, common }: Outstanding): Job[] {
  const places = new Map(paid);
  const lastFirst = expectedLast(jobs, state).reverse();
  const unpaid = lastFirst.filter(({ project }) => {
    const left = places.get(project) ?? 0;
    places.set(project, left - 1);
    return left <= 0;
  });
  return unpaid.slice(common).reverse();
}

/** Jobs that an unanswered launch was saved for come last: its machines are for them, and so is its money. */
function expectedLast(jobs: readonly Job[], { launches }: PoolState): Job[] {
  const expected = new Set(launches.filter(isUnanswered).flatMap(({ deal }) => deal.map(({ job }) => job)));
  return [...jobs.filter(({ id }) => !expected.has(id)), ...jobs.filter(({ id }) => expected.has(id))];
}

const isUnanswered = ({ phase }: Launch): boolean => phase === 'asked';
