// Cloud events: what a cloud says about its machines becomes a fact and a ring. Never logs an event's detail.
import type { EventBridgeEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { poolOfLaunch } from '../../shared/contract/names.ts';
import type { Ports } from '../../shared/operations/ports.ts';
import { recordGone } from '../../shared/operations/record.ts';

/** The event of the local provider: a builder's process has ended. */
const localEnd = z.object({ builder: z.string(), launch: z.string(), log: z.optional(z.string()) });

/** Events of other kinds, and of launches that are not ours, are ignored. */
export function createCloudEvents(ports: Ports) {
  return async (event: EventBridgeEvent<string, unknown>): Promise<void> => {
    if (event.source !== 'callsheet.local') return;
    const parsed = localEnd.safeParse(event.detail);
    const pool = parsed.success ? poolOfLaunch(parsed.data.launch) : undefined;
    if (!parsed.success || !pool) return;
    const { builder, launch, log } = parsed.data;
    await recordGone(ports, { pool, id: builder, launch, provider: 'local', log });
  };
}
