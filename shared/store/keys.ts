// The keys of both tables. A pool's items sort supply before demand: a paged query is not one moment.
import type { Kind } from '../scheduler/records.ts';

/**
 * The order in which one query reads a pool: hosts and itself, then launches, builders, jobs. A host's number
 * stands in its pool's item before anybody archives it, so the one is read before the other.
 */
const place: Record<Kind, number> = {
  pool: 0,
  host: 0,
  launch: 1,
  builder: 2,
  job: 3,
  run: 4,
  notice: 5,
  sight: 6,
  memory: 7,
  ledger: 8,
  sweep: 9,
  receipt: 9,
};

const launchDigits = 12;

/** Sort key of a record in its pool's partition, such as `1#launch#gpu-000000000012`. */
export const sortKey = (kind: Kind, id: string): string =>
  `${place[kind]}#${kind}#${kind === 'launch' || kind === 'host' ? id.replace(/\d+$/, padded) : id}`;

/** Numbers of launches and hosts sort as numbers. */
const padded = (digits: string): string => digits.padStart(launchDigits, '0');

/** Key of a record in the history table. Ids of one kind are unique over all pools. */
export const historyKey = (kind: Kind, id: string): string => `${kind}#${id}`;
