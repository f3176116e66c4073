// Deliveries that failed: GitHub never repeats them by itself.
import type { Ports } from '../ports.ts';
import { count, eachPart, type Report } from './report.ts';

/** A sweep has at most this many repeated: what still failed then comes in the next one. */
const perSweep = 100;

/**
 * Asks GitHub to repeat deliveries of which no attempt has succeeded. GitHub lists the
 * newest first; the oldest come first here, since they are about to be forgotten.
 */
export async function redeliver(ports: Ports, report: Report, until: () => boolean): Promise<void> {
  const { attempts } = await ports.github.deliveries.page();
  const arrived = new Set(attempts.filter((one) => one.hasArrived).map(({ guid }) => guid));
  const failed = new Map(attempts.filter(({ guid }) => !arrived.has(guid)).map(({ guid, id }) => [guid, id]));
  const some = [...failed.values()].slice(0, perSweep);
  const parts = { what: 'failed deliveries', name: (id: string) => `delivery ${id}`, width: 4, until };
  await eachPart(report, some, parts, async (id) => {
    await ports.github.deliveries.redeliver(id);
    count(report, 'deliveries repeated');
  });
}
