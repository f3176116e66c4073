// How a pool keeps hosts now: its rung of Macs, what it can ask for, and which machines may be reset. Pure.
import { offeringKey } from '../../contract/offerings.ts';
import { parseScope } from '../../contract/scope.ts';
import { hostOfferingsOf, macRungOf } from '../../policy/hosts.ts';
import { folded } from '../../policy/labels.ts';
import { ownerOfRepository, poolNamed } from '../../policy/lookup.ts';
import type { Config } from '../../policy/schema.ts';
import type { Keeping } from '../../scheduler/hosts/keeping.ts';
import type { PoolState, Time } from '../../scheduler/records.ts';
import { openAmong } from '../ladder.ts';
import { marksOf } from '../memory.ts';
import { limitsOf, type Ports, paceOf } from '../ports.ts';

/** Undefined: the pool has no rung of Macs, or does not have it any more. */
export function keepingOf(
  ports: Pick<Ports, 'config' | 'standard'>,
  state: PoolState,
  now: Time,
): Keeping | undefined {
  const { pool } = state.pool;
  const { config } = ports;
  const found = macRungOf(config, pool);
  if (!found) return undefined;
  const { rung, index } = found;
  const minute = 60_000 / paceOf(ports);
  const all = hostOfferingsOf(config, pool);
  const keys = new Set(all.map(offeringKey));
  const isClosed = (state.pool.closedRungs[index]?.until ?? 0) > now;
  const open = isClosed ? [] : openAmong(all, pool, marksOf(state), now);
  return {
    rung: index,
    offers: open.map((one) => ({ offering: offeringKey(one), usdPerHour: one.usdPerHour })),
    fits: (offering) => keys.has(offering),
    maximum: poolNamed(config, pool)?.maximum ?? 0,
    waitMs: rung.waitMinutes * minute,
    stayMs: rung.stayMinutes * minute,
    paidDay: rung.paidDay,
    afterwards: rung.afterwards,
    scrubMs: limitsOf(ports, pool).usualScrubMs,
    mayReset: ({ scope }, repository) =>
      rung.reset === 'replace-root' && scope !== undefined && servesOnly(config, scope, repository),
  };
}

/** Can a runner in that scope get jobs of this repository only? */
function servesOnly(config: Config, scope: string, repository: string): boolean {
  const { place } = parseScope(scope);
  switch (place.kind) {
    case 'repository':
      return folded(place.repository) === folded(repository);
    case 'group': {
      const all = Object.values(config.projects).flatMap(({ registration, repositories }) =>
        registration.kind === 'group' && registration.group === place.group ? repositories : [],
      );
      const visible = all.filter((one) => folded(ownerOfRepository(one)) === folded(place.organization));
      return visible.length > 0 && visible.every((one) => folded(one) === folded(repository));
    }
  }
}
