// What the reaper's memory and its receipts must look like when they are stored.
import * as z from 'zod/mini';
import type { Receipt, SweepMemory } from '../scheduler/sweep-records.ts';
import { count, exactly, flag, maybeText, maybeTime, stored, text, time } from './fields.ts';

const abstention = z.strictObject({ part: text, why: text, since: time, until: maybeTime, times: count });

const found = z.strictObject({
  kind: z.literal(['machine', 'volume', 'interface', 'host', 'registration']),
  id: text,
  place: maybeText,
  launch: maybeText,
  since: time,
  usdPerHour: z.number(),
  protected: z.optional(z.literal(true)),
  unownedSince: time,
  until: maybeTime,
});

const sweepsOfDay = {
  from: time,
  sweeps: count,
  troubled: count,
  longestPauseMs: z.number(),
  counts: z.record(text, z.number()),
  found: z.array(found),
  abstentions: z.array(abstention),
  more: count,
};

export const sweep = exactly<SweepMemory>()(
  z.strictObject({
    kind: z.literal('sweep'),
    ...stored,
    at: time,
    pools: z.array(text),
    life: z.record(text, time),
    listed: z.record(text, z.number()),
    unknown: z.record(text, time),
    turn: count,
    deliveries: z.strictObject({
      seenTo: time,
      settledTo: time,
      gaps: z.array(z.strictObject({ cursor: text, downTo: time })),
      failed: z.record(text, z.strictObject({ id: text, at: time, times: count, askedAt: maybeTime })),
      arrived: z.record(text, time),
    }),
    doubted: z.optional(z.record(text, time)),
    today: z.strictObject({ day: text, ...sweepsOfDay }),
  }),
);

export const receipt = exactly<Receipt>()(
  z.strictObject({
    kind: z.literal('receipt'),
    ...stored,
    ...sweepsOfDay,
    endedAt: time,
    isClean: flag,
    usd: z.number(),
  }),
);
