// The event of the local provider: a builder's process has ended.
import * as z from 'zod/mini';
import type { CloudEvent, Word } from '../../functions/cloud-events/cloud-events.ts';
import { poolOfLaunch } from '../../shared/contract/names.ts';
import type { LocalEnd } from '../../shared/runtime/local.ts';

const source = 'callsheet.local';

/** The event that a cloud would send. */
export const endedEvent = (end: LocalEnd): CloudEvent => ({
  id: end.builder,
  version: '0',
  account: '000000000000',
  time: new Date().toISOString(),
  region: 'local',
  resources: [],
  source,
  'detail-type': 'Builder ended',
  detail: end,
});

const ended = z.object({ builder: z.string(), launch: z.string(), log: z.optional(z.string()) });

/** What it means. */
export function readEnded(event: CloudEvent): Word {
  const { data } = ended.safeParse(event.source === source ? event.detail : undefined);
  const pool = data && poolOfLaunch(data.launch);
  if (!data || !pool) return { kind: 'ignored', why: 'it is not of a builder on this computer' };
  const { builder, launch, log } = data;
  return { kind: 'gone', machine: { pool, launch, id: builder, provider: 'local' }, log };
}
