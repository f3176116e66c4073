// What hosts come to in the ledgers: what is reserved while they are held, what they have cost in the end.
// Pure.

import type { Host } from '../../scheduler/host-records.ts';
import { hostCost } from '../../scheduler/hosts/observe.ts';
import type { PoolState, Time } from '../../scheduler/records.ts';
import type { Ledger, LedgerEntry, MicroUsd } from '../../scheduler/shared-records.ts';
import { limitsOf, type Ports } from '../ports.ts';
import { lowered, settled } from './entries.ts';

/** `final`: what it has cost is known, and moves into the ledgers. `settled`: that is done. */
export interface HostCharge {
  host: Host;
  is: 'open' | 'final' | 'settled';
  at: Time;
  reservationMs: number;
}

/** Pays for a host: the project of the job that it was asked for. Of one that was found nobody knows. */
export const payerOf = ({ project = '' }: Pick<Host, 'project'>): string => project;

/** What each host of a pool comes to, by its id. */
export function hostChargesOf(
  ports: Pick<Ports, 'config' | 'standard'>,
  { hosts, pool }: PoolState,
  at: Time,
): Map<string, HostCharge> {
  const { stragglersMs, reservationMs } = limitsOf(ports, pool.pool);
  const standing = ({ phase, settledAt, hostId, endedAt = 0 }: Host): HostCharge['is'] => {
    if (settledAt !== undefined) return 'settled';
    // One whose answer was never heard may show up for a while.
    return phase === 'gone' && (hostId !== undefined || at - endedAt > stragglersMs) ? 'final' : 'open';
  };
  return new Map(hosts.map((host) => [host.id, { host, is: standing(host), at, reservationMs }]));
}

/** Brings a host's entry in one ledger up to date. */
export function withHost(ledger: Ledger, { at: reservedAt }: LedgerEntry, charge: HostCharge): Ledger {
  const { host, is, at, reservationMs } = charge;
  switch (is) {
    case 'settled':
      return settled(ledger, host.id, {});
    case 'final':
      return settled(ledger, host.id, { [payerOf(host)]: spread(host)[ledger.id] ?? 0 });
    case 'open': {
      // What was reserved behind the back of this reading, or by somebody who died before writing it down.
      if (at - reservedAt <= reservationMs) return ledger;
      const known = host.reserved[ledger.id];
      return known === undefined
        ? settled(ledger, host.id, {})
        : lowered(ledger, host.id, { [payerOf(host)]: known });
    }
  }
}

/**
 * What a host that is gone has cost, by the days of its reservations: the first are used up first, and the
 * last takes what was spent beyond all of them.
 */
function spread(host: Host): MicroUsd {
  const days = Object.keys(host.reserved).sort();
  const last = days.at(-1);
  let left = hostCost(host, host.endedAt ?? host.askedAt);
  const shares = days.map((day) => {
    const share = day === last ? left : Math.min(left, host.reserved[day] ?? 0);
    left -= share;
    return [day, share] as const;
  });
  return Object.fromEntries(shares);
}
