// The money of hosts: reserved for the day that is paid for, and extended before they are used for longer.
import type { Host } from '../../scheduler/host-records.ts';
import { dayOf, microUsd } from '../../scheduler/money.ts';
import type { PoolState, Time } from '../../scheduler/records.ts';
import { limitsOf, type Ports } from '../ports.ts';
import { save } from '../state.ts';
import { payerOf } from './host-charges.ts';
import { raise } from './ledger.ts';

const msPerHour = 3_600_000;

/**
 * Reserves what a host may cost until then, beyond what is reserved for it already, in the ledger of today.
 * Answers the host as it is then to be saved: what a crash leaves in the ledger without that is lowered
 * later. Throws `Raced` when a daily limit leaves too little, unless it is `spent` already.
 */
export async function reserveHost(
  ports: Ports,
  state: PoolState,
  host: Host,
  until: Time,
  spent = false,
): Promise<Host> {
  if (until <= host.reservedUntil) return host;
  const at = ports.clock.now();
  const day = dayOf(at);
  const more = microUsd((host.usdPerHour * (until - host.reservedUntil)) / msPerHour);
  const amount = (host.reserved[day] ?? 0) + more;
  // What costs nothing (its price is not known) is never too much.
  await raise(ports, state, host.id, { at, microUsd: { [payerOf(host)]: amount } }, spent || more === 0);
  return { ...host, reservedUntil: until, reserved: { ...host.reserved, [day]: amount } };
}

/**
 * Writes down what hosts cost that are held for longer than was reserved for: they are kept so by the
 * configuration, or cannot be released. That money is spent, whatever the limits say, and leaves less to
 * others.
 */
export async function coverOverdue(ports: Ports, state: PoolState): Promise<void> {
  const now = ports.clock.now();
  const { hostSlackMs } = limitsOf(ports, state.pool.pool);
  const isPaid = ({ phase }: Host): boolean => phase === 'held' || phase === 'releasing';
  for (const host of state.hosts.filter((one) => isPaid(one) && one.reservedUntil < now)) {
    await save(ports, state, await reserveHost(ports, state, host, now + hostSlackMs, true));
  }
}
