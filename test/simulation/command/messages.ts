// What the workers of the long run are told, and what they tell.
import * as z from 'zod/mini';

/** What came of one world. */
export const resultSchema = z.object({
  seed: z.number(),
  violations: z.array(z.string()),
  jobs: z.number(),
  wanted: z.number(),
  started: z.number(),
  /** Minutes. */
  waits: z.array(z.number()),
  /** How many faults of each kind have happened. */
  faults: z.record(z.string(), z.number()),
  /** By the world's own clock. */
  virtualMs: z.number(),
});
export type Result = z.infer<typeof resultSchema>;

/** A world to run. */
export const taskSchema = z.object({ seed: z.number(), kind: z.optional(z.string()) });
export type Task = z.infer<typeof taskSchema>;
