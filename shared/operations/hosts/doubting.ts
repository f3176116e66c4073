// Hosts in doubt: where one machine after the other is not fit for work, the host may be what is broken.
import { avoidHost } from '../../scheduler/hosts/observe.ts';
import type { Builder } from '../../scheduler/records.ts';
import { change } from '../change.ts';
import { limitsOf, type Ports } from '../ports.ts';

/**
 * A machine has given up before its first job. The second on its host in a row leaves the host alone for an
 * hour.
 */
export async function doubtHost(ports: Ports, unfit: Builder, why: string): Promise<void> {
  const { pool, host = '' } = unfit;
  const { builders } = await ports.open.read(pool);
  const onHost = builders.filter((one) => one.host === host && one.id !== unfit.id);
  const before = onHost.sort((a, b) => b.launchedAt - a.launchedAt)[0];
  if (!before || hasBeenFit(before)) return;
  const now = ports.clock.now();
  const words = `its machines are not fit for work: ${why}`.slice(0, 400);
  await change(
    ports.open,
    { pool, kind: 'host', id: host },
    (current) => current && avoidHost(current, words, now, limitsOf(ports, pool)),
  );
  ports.log({ unit: 'host', level: 'error', pool, host, outcome: 'left alone', why: words });
}

const hasBeenFit = ({ askedAt, turn }: Builder): boolean => askedAt !== undefined || turn > 1;
