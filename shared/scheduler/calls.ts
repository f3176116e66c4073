// Calls: which waiting jobs get a new machine, by their rung, their money, and the pool's room.
import { dealOf } from './deals.ts';
import type { Hold, Policy } from './demand.ts';
import type { Limits } from './limits.ts';
import { type Caps, purseOf, worstCase } from './money.ts';
import type { Deal, Job, Time } from './records.ts';
import { type Choice, chooseRung, type Rung } from './rungs.ts';
import type { Ledger } from './shared-records.ts';

export interface CallInput {
  now: Time;
  limits: Limits;
  policy: Policy;
  rungs: readonly Rung[];
  /** Builders that may be called at most. */
  room: number;
  /** The money of today. Absent: no rung costs any. */
  money: DayMoney | undefined;
}

/** The ledger of a day as it is (absent: nothing stands there), and what may stand there at most. */
export interface DayMoney {
  ledger: Ledger | undefined;
  caps: Caps;
}

export interface Calls {
  /** One call, for jobs that go to the same rung. */
  call?: { rung: number; deal: Deal[] };
  /** Others could be called for as well: on another rung, by the next pass. */
  again: boolean;
  holds: Hold[];
  noRoom: Job[];
  noRung: Job[];
  /** When the next rung is asked for those without one, while an earlier one is hoped for. */
  nextRungAt?: Time | undefined;
  /** Rungs that rest although they are wanted. */
  inVain: number[];
}

/**
 * Decides who is called for. `jobs`: in the order in which they get a machine. Money is asked about only of
 * those that there is room for.
 */
export function callsFor(jobs: readonly Job[], input: CallInput): Calls {
  const { rungs, limits, money, room } = input;
  const purse = money && purseOf(money.ledger, money.caps);
  const choiceOf = choices(input);
  const holds: Hold[] = [];
  const noRoom: Job[] = [];
  const noRung: Job[] = [];
  const able: { job: Job; rung: number }[] = [];
  const pay = (job: Job, rung: number): void => {
    const whose = purse?.take(job.project, worstCase(rungs[rung]?.usdPerHour ?? 0, limits));
    if (whose) holds.push({ job, state: 'held', code: 'daily-limit', why: whose });
    else able.push({ job, rung });
  };
  for (const job of jobs) {
    const { rung } = choiceOf(job);
    if (rung === undefined) noRung.push(job);
    else if (able.length >= room) noRoom.push(job);
    else pay(job, rung);
  }
  const first = able[0]?.rung;
  const called = able.filter(({ rung }) => rung === first);
  return {
    ...(first !== undefined && { call: { rung: first, deal: called.map(({ job }) => dealOf(job)) } }),
    again: called.length < able.length,
    holds,
    noRoom,
    noRung,
    nextRungAt: noRung[0] && choiceOf(noRung[0]).nextAt,
    inVain: [...new Set(jobs.flatMap((job) => choiceOf(job).inVain))],
  };
}

/** Jobs choose alike, but those that keep off spot. */
function choices({ rungs, policy, now }: CallInput): (job: Job) => Choice {
  const known = new Map<boolean, Choice>();
  return (job) => {
    const avoidsSpot = policy.avoidsSpot(job);
    const choice = known.get(avoidsSpot) ?? chooseRung(rungs, avoidsSpot, now);
    known.set(avoidsSpot, choice);
    return choice;
  };
}
