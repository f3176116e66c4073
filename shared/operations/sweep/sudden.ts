// Machines without an owner all at once: it is likelier that their records were not read than that nobody
// owns them. They are left for a while.
import { poolOfLaunch } from '../../contract/names.ts';
import type { ShownMachines } from './clouds.ts';
import type { Orphan, SeenMachine } from './end-machines.ts';
import { abstain } from './report.ts';
import type { Sweeping } from './sweeping.ts';

/** Of fewer nothing can be said; more than half of them is doubtful, for this many sweeps. */
const fewest = 10;
const patienceSweeps = 10;

/** Machines of a pool, or of all pools, that a provider shows. */
interface Group {
  part: string;
  shown: number;
  unowned: SeenMachine[];
}

/** The orphans that may be ended now. `isDoubted`: others are left, and it is said until when. */
export function withoutSudden(
  on: Sweeping,
  machines: readonly ShownMachines[],
): { orphans: Orphan[]; isDoubted: boolean } {
  const { report, orphans } = on;
  const left = new Set<string>();
  const doubt = (group: Group): boolean => {
    const sudden = group.unowned.filter((one) => suddenUntil(on, one) !== undefined);
    if (group.shown < fewest || sudden.length * 2 <= group.shown) return false;
    for (const { sighting } of sudden) left.add(sighting.id);
    abstain(report, { part: group.part, why: whyOf(on, group, sudden), kinds: [] });
    return true;
  };
  for (const shown of machines) {
    const { provider } = shown;
    // One whose record says that it has ended was read.
    const unowned = on.unowned.filter((one) => one.provider === provider && !one.builder);
    const ofPool = Map.groupBy(shown.sightings, ({ launch = '' }) => poolOfLaunch(launch));
    const tagged = shown.sightings.length - (ofPool.get(undefined)?.length ?? 0);
    if (doubt({ part: `machines of provider ${provider}`, shown: tagged, unowned })) continue;
    for (const [pool, { length }] of ofPool) {
      if (pool === undefined) continue;
      const of = unowned.filter((one) => one.pool === pool);
      doubt({ part: `machines of pool ${pool}`, shown: length, unowned: of });
    }
  }
  const isLeft = ({ sighting }: Orphan): boolean => left.has(sighting.id);
  for (const { sighting, pool } of orphans.filter(isLeft)) {
    const why = 'too many have lost their owners at once';
    report.tell?.({ what: 'machine', id: sighting.id, decision: 'leave', why, pool });
  }
  return { orphans: orphans.filter((orphan) => !isLeft(orphan)), isDoubted: left.size > 0 };
}

/** Undefined: it has been seen without an owner for long. */
function suddenUntil({ ports, mayEnd }: Sweeping, { sight }: SeenMachine): number | undefined {
  const now = ports.clock.now();
  const since = mayEnd && sight && sight.at <= now ? sight.at : now;
  const until = since + patienceSweeps * ports.standard.sweepMs;
  return now < until ? until : undefined;
}

function whyOf(on: Sweeping, { shown, unowned }: Group, sudden: readonly SeenMachine[]): string {
  const first = Math.min(...sudden.map((one) => suddenUntil(on, one) ?? 0));
  const time = new Date(first).toISOString().slice(11, 16);
  return `${unowned.length} of ${shown} have no owner on record: nothing is ended before ${time}`;
}
