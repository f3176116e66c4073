// A reaper's days: sweeps that find what a test says, and the receipts that come of them.

import { closeDays, noteSweep } from '../../shared/operations/sweep/receipt.ts';
import { emptyReport, type Report } from '../../shared/operations/sweep/report.ts';
import { freshDay } from '../../shared/scheduler/receipts.ts';
import type { Item, Time } from '../../shared/scheduler/records.ts';
import type { SweepMemory, Unowned } from '../../shared/scheduler/sweep-records.ts';
import { toAttributes } from '../../shared/store/attributes.ts';
import { checked } from '../../shared/store/parse.ts';
import { memoryStore } from '../store/memory.ts';
import { sweep } from '../store/samples.ts';

/** `21T12:00` in November 2026, UTC. */
export const at = (time: string): Time => Date.parse(`2026-11-${time}:00Z`);

export const freshMemory = (now: Time): SweepMemory => ({ ...sweep, at: now, today: freshDay(now) });

/** A machine without an owner, for 0.6 USD an hour. */
export const machine = (id: string, since: string, parts: Partial<Unowned> = {}): Unowned => ({
  kind: 'machine',
  id,
  place: 'us-east-1',
  since: at(since),
  usdPerHour: 0.6,
  ...parts,
});

export const silent = (part: string, parts: Partial<Report['abstained'][number]> = {}) => ({
  part,
  why: 'it did not answer',
  kinds: ['machine', 'volume'] as const,
  ...parts,
});

/** A reaper whose memory is written and read again after each sweep. `first`: its first sweep. */
export function reaperOfDays(first: string) {
  const { history } = memoryStore();
  const lines: Record<string, unknown>[] = [];
  let memory = freshMemory(at(first));
  const sweepAt = async (time: string, found: Partial<Report> = {}): Promise<void> => {
    const report = { ...emptyReport(), ...found };
    const now = at(time);
    await closeDays({ history, log: (line) => void lines.push(line) }, memory, now);
    noteSweep(memory, report, now, memory.version === 0 ? now : memory.at);
    memory.at = now;
    memory = { ...saved(memory), version: memory.version + 1 };
  };
  return {
    history,
    lines,
    memory: () => memory,
    sweep: sweepAt,
    /** One each minute, both ends included; all of them find the same. */
    async sweeps(from: string, to: string, found: Partial<Report> = {}): Promise<void> {
      for (let time = at(from); time <= at(to); time += 60_000) {
        await sweepAt(new Date(time).toISOString().slice(8, 16), found);
      }
    },
    receipts: (): Promise<Item[]> => history.recent('receipt', 10),
  };
}

/** As the table keeps it: no field that is undefined. */
function saved(memory: SweepMemory): SweepMemory {
  checked(memory);
  const copy: SweepMemory = JSON.parse(JSON.stringify(memory));
  return copy;
}

/** Bytes of an item in DynamoDB, or a few more. */
export const bytesOf = (item: Item): number => JSON.stringify(toAttributes(item)).length;
