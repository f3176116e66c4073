// Moves what ended an hour ago into history: put there first, then deleted at the version that was put.
import { expired } from '../../scheduler/reconcile.ts';
import type { Item, PoolState } from '../../scheduler/records.ts';
import { limitsOf } from '../ports.ts';
import { count, eachPart } from './report.ts';
import type { Sweeping } from './sweeping.ts';

/** A sweep moves at most this many of a pool. */
const perSweep = 1000;

const parts = {
  what: 'ended records',
  name: ({ kind, id }: Item) => `ended ${kind} ${id}`,
  width: 10,
};

/** A record that changed meanwhile stays; the next sweep moves it. Repeating any step is harmless. */
export async function archive({ ports, report, until }: Sweeping, state: PoolState): Promise<void> {
  const { pool } = state.pool;
  const old = expired(state, ports.clock.now(), limitsOf(ports, pool));
  await eachPart(report, old.slice(0, perSweep), { ...parts, until }, async (item) => {
    if (isKept(item)) await ports.history.put(item);
    const removed = await ports.open.remove(item);
    if (removed) count(report, 'records archived');
    report.tell?.({
      what: item.kind,
      id: item.id,
      decision: removed ? 'archive' : 'leave',
      why: removed ? 'it ended long ago, and nothing open needs it' : 'it has just changed',
      pool,
    });
  });
}

/** Of hosts, those that the cloud has given. */
const isKept = (item: Item): boolean =>
  ['job', 'builder', 'launch'].includes(item.kind) || (item.kind === 'host' && item.hostId !== undefined);
