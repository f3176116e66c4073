// Lists that lack too much to be believed: what they lack is not missed, and after a while asked for by its
// id, some of it in each sweep.
import type { Judgement } from '../../scheduler/orphans.ts';
import type { MissingDecision } from '../../scheduler/reconcile.ts';
import type { Time } from '../../scheduler/records.ts';
import type { LeftKind, SweepMemory } from '../../scheduler/sweep-records.ts';
import { abstain, type Report } from './report.ts';

/** Of fewer nothing can be said; more than half of them lacking is doubtful. */
const fewest = 10;
/** Sweeps after which the cloud is asked by id all the same, and for how many in one sweep. */
const patienceSweeps = 10;
const askedPerSweep = 20;

/** What a list lacks. */
export interface Lacks {
  part: string;
  kind: LeftKind;
  /** `builders`. */
  noun: string;
  /** How many it must show, and how many of these it does not. */
  expected: number;
  lacking: number;
  /** Ids of all that may be asked for. */
  missed(): string[];
}

/**
 * Undefined: the list is believed. Else it abstains, and only these ids may be asked for. The cloud's word
 * about one id is proof, whatever it lists.
 */
export function doubted(
  { lacks, memory, report }: { lacks: Lacks; memory: SweepMemory; report: Report },
  now: Time,
  sweepMs: number,
): ReadonlySet<string> | undefined {
  const { part, kind, noun, expected, lacking, missed } = lacks;
  const { [part]: before, ...others } = memory.doubted ?? {};
  if (expected < fewest || lacking * 2 <= expected) {
    memory.doubted = others;
    return undefined;
  }
  const since = Math.min(before ?? now, now);
  memory.doubted = { ...others, [part]: since };
  const why = `shows ${expected - lacking} of ${expected} ${noun} on record: none of the others is missed`;
  abstain(report, { part, why, kinds: [kind] });
  if (now - since < patienceSweeps * sweepMs) return new Set();
  return new Set(someInTurn(missed(), memory.turn));
}

/** Others in each turn, until all had theirs. */
function someInTurn(ids: readonly string[], turn: number): string[] {
  const start = ids.length === 0 ? 0 : (turn * askedPerSweep) % ids.length;
  return [...ids.slice(start), ...ids.slice(0, start)].slice(0, askedPerSweep);
}

/** What to do about one that a list lacks which is not believed. */
export const inDoubt = (asked: ReadonlySet<string>, id: string): Judgement<MissingDecision> =>
  asked.has(id)
    ? { decision: 'look', why: () => 'its list has not been believed for long: the cloud is asked by its id' }
    : { decision: 'nothing', isDoubtful: true, why: () => 'its list lacks too much to be believed' };
