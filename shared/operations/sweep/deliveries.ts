// Deliveries that failed: GitHub never repeats them by itself.
import { inParallel } from '../change.ts';
import type { Ports } from '../ports.ts';
import { count, part, type Report } from './report.ts';

/** Asks GitHub to repeat the deliveries of the last half hour of which no attempt has succeeded. */
export async function redeliver(ports: Ports, report: Report): Promise<void> {
  const since = ports.clock.now() - ports.standard.deliveriesBackMs;
  const failed = await ports.github.deliveries.failed(since);
  await inParallel(failed, 4, (id) =>
    part(report, `delivery ${id}`, async () => {
      await ports.github.deliveries.redeliver(id);
      count(report, 'deliveries repeated');
    }),
  );
}
