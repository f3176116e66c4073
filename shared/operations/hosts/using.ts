// Hosts in use: paid for before a machine starts on them, and left alone when they refuse one.
import type { Host } from '../../scheduler/host-records.ts';
import type { HostPlan } from '../../scheduler/hosts/keeping.ts';
import { avoidHost, restedHost, restHost } from '../../scheduler/hosts/observe.ts';
import type { Fault } from '../../scheduler/ports.ts';
import type { PoolState } from '../../scheduler/records.ts';
import { changeRead, Raced } from '../change.ts';
import { isThrottled } from '../faults.ts';
import { reserveHost } from '../money/hosts.ts';
import { limitsOf, type Ports } from '../ports.ts';
import { keep, save } from '../state.ts';

/**
 * Reserves the money for the host that a machine is to start on. Throws `Raced` when somebody else was
 * faster.
 */
export async function payForLaunch(
  ports: Ports,
  state: PoolState,
  { host: planned, reservedUntil }: NonNullable<HostPlan['launchOn']>,
): Promise<Host> {
  const host = state.hosts.find(({ id }) => id === planned.id) ?? planned;
  const paid = await reserveHost(ports, state, host, reservedUntil);
  const saved = paid === host ? host : await save(ports, state, paid);
  if (!saved) throw new Raced(`host ${host.id} changes meanwhile`);
  return saved;
}

/**
 * Writes down what a launch on a host says of it: it may be shown as available long before it takes a
 * machine. Answers the faults that are not the host's own.
 */
export async function noteAnswer(
  ports: Ports,
  state: PoolState,
  host: string,
  faults: readonly Fault[],
): Promise<Fault[]> {
  const own = faults.filter(({ kind }) => kind === 'capacity');
  if (own.length > 0) await leaveHost(ports, state, host, own.map(({ why }) => why).join('; '));
  else if (faults.length === 0) await changeHost(ports, state, host, restedHost);
  else if (!isThrottled(faults)) await avoid(ports, state, host, faults.map(({ why }) => why).join('; '));
  return faults.filter((fault) => !own.includes(fault));
}

/**
 * What was asked for may not suit this host alone: where there is another one, that is tried next. A host
 * that is the only one is asked again when the rung has rested.
 */
async function avoid(ports: Ports, state: PoolState, id: string, why: string): Promise<void> {
  const now = ports.clock.now();
  const isReady = ({ phase, restsUntil = 0 }: Host): boolean => phase === 'held' && restsUntil <= now;
  if (!state.hosts.some((other) => other.id !== id && isReady(other))) return;
  await changeHost(ports, state, id, (host) => avoidHost(host, why, now, limitsOf(ports, host.pool)));
}

/** A host that refuses machines, or does not answer, is left alone for a while. */
export const leaveHost = (ports: Ports, state: PoolState, host: string, why: string): Promise<void> =>
  changeHost(ports, state, host, (current) =>
    restHost(current, why, ports.clock.now(), limitsOf(ports, current.pool)),
  );

async function changeHost(
  ports: Ports,
  state: PoolState,
  id: string,
  decide: (host: Host) => Host | undefined,
): Promise<void> {
  const known = state.hosts.find((host) => host.id === id);
  if (!known) return;
  const changed = await changeRead(ports.open, known, (current) => current && decide(current));
  if (changed) keep(state, changed);
}
