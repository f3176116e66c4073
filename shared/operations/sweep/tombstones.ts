// Moves what ended an hour ago into history: put there first, then deleted at the version that was put.
import { expired } from '../../scheduler/reconcile.ts';
import type { Item, PoolState } from '../../scheduler/records.ts';
import { limitsOf, type Ports } from '../ports.ts';
import { count, eachPart, type Report } from './report.ts';

/** A sweep moves at most this many of a pool. */
const perSweep = 1000;

/** A record that changed meanwhile stays; the next sweep moves it. Repeating any step is harmless. */
export async function archive(ports: Ports, state: PoolState, report: Report): Promise<void> {
  const old = expired(state, ports.clock.now(), limitsOf(ports, state.pool.pool));
  const parts = {
    what: 'ended records',
    name: ({ kind, id }: Item) => `ended ${kind} ${id}`,
    width: 10,
  };
  await eachPart(report, old.slice(0, perSweep), parts, async (item) => {
    if (isKept(item)) await ports.history.put(item);
    if (await ports.open.remove(item)) count(report, 'records archived');
  });
}

/** Of hosts, those that the cloud has given. */
const isKept = (item: Item): boolean =>
  ['job', 'builder', 'launch'].includes(item.kind) || (item.kind === 'host' && item.hostId !== undefined);
