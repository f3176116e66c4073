// Deliveries that failed: GitHub never repeats them by itself.
import type { Ports } from '../ports.ts';
import { count, eachPart, type Report } from './report.ts';

/** A sweep has at most this many repeated: what still failed then comes in the next one. */
const perSweep = 100;

/**
 * Asks GitHub to repeat deliveries of the last half hour of which no attempt has succeeded. GitHub lists the
 * newest first; the oldest come first here, since they are about to be forgotten.
 */
export async function redeliver(ports: Ports, report: Report, until: () => boolean): Promise<void> {
  const since = ports.clock.now() - ports.standard.deliveriesBackMs;
  const failed = await ports.github.deliveries.failed(since);
  const some = failed.toReversed().slice(0, perSweep);
  const parts = { what: 'failed deliveries', name: (id: string) => `delivery ${id}`, width: 4, until };
  await eachPart(report, some, parts, async (id) => {
    await ports.github.deliveries.redeliver(id);
    count(report, 'deliveries repeated');
  });
}
