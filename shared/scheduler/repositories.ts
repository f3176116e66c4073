// Which repositories a sweep asks for their queued jobs: those with life first, and none is forgotten.

/** `busy`: it has open jobs; `quiet`: it had some lately; `still`: neither. */
export type Life = 'busy' | 'quiet' | 'still';

/** A repository is listed once in so many turns. A turn is a minute while work is open. */
const turnsOf: Record<Life, number> = { busy: 3, quiet: 5, still: 12 };

/** A sweep lists no more than this. */
const mostPerSweep = 60;

export interface Repository {
  name: string;
  life: Life;
  /** The turn in which it was last listed. Absent: never. */
  listed?: number | undefined;
}

export interface Choice {
  /** The most urgent first. */
  list: Repository[];
  leave: Repository[];
}

/**
 * Chooses for one turn: of each kind the share that its rhythm asks for, the longest waiting first. While
 * nothing is open this may be the only sweep in five minutes: all are due then (`all`).
 */
export function chosen(repositories: readonly Repository[], turn: number, all: boolean): Choice {
  const everyNth = ({ life }: Repository): number => (all ? 1 : turnsOf[life]);
  const urgency = (one: Repository): number => waited(one, turn) / everyNth(one);
  const ofKind = (life: Life): Repository[] => {
    const kind = repositories.filter((one) => one.life === life);
    const most = Math.ceil(kind.length / (all ? 1 : turnsOf[life]));
    return byUrgency(
      kind.filter((one) => urgency(one) >= 1),
      urgency,
    ).slice(0, most);
  };
  const due = [...ofKind('busy'), ...ofKind('quiet'), ...ofKind('still')];
  const list = byUrgency(due, urgency).slice(0, mostPerSweep);
  const taken = new Set(list);
  return { list, leave: repositories.filter((one) => !taken.has(one)) };
}

/**
 * What to remember of a repository whose listing has failed, so that it is due in the next turn: but not
 * before others that wait longer.
 */
export const failedIn = (turn: number, { life }: Repository): number => turn + 1 - turnsOf[life];

/** A memory from a time to come, as of a table that was restored, counts for nothing. */
function waited({ listed }: Repository, turn: number): number {
  return listed === undefined || listed > turn ? Number.MAX_SAFE_INTEGER : turn - listed;
}

const byUrgency = (some: readonly Repository[], urgency: (one: Repository) => number): Repository[] =>
  [...some].sort((a, b) => urgency(b) - urgency(a));
