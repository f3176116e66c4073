// First sightings of what nobody owns: it takes a second one to end it.
import type { PoolState, Sight } from '../../scheduler/records.ts';
import type { Ports } from '../ports.ts';
import { part, type Report } from './report.ts';

/** Writes down that something was seen without an owner, in place of an older sighting. */
export async function rememberSight(
  { open, clock }: Ports,
  key: { pool: string; id: string },
  known: Sight | undefined,
): Promise<void> {
  const { pool, id } = key;
  await open.put({ kind: 'sight', version: 0, ...known, pool, id, at: clock.now() });
}

/** Forgets sightings of an hour ago. Those of pools end with its other records. */
export async function forgetSights(ports: Ports, { sights }: PoolState, report: Report): Promise<void> {
  for (const sight of sights) {
    if (ports.clock.now() - sight.at <= ports.standard.tombstoneMs) continue;
    await part(report, `sighting of ${sight.id}`, async () => void (await ports.open.remove(sight)));
  }
}
