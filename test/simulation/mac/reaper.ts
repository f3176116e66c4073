// When nothing can change in a world of Macs: the schedule then wakes the reaper seldom, which is faster.
import { minute } from '../time.ts';
import type { World } from '../world.ts';
import { leastMs, type SimulatedHost } from './hosts.ts';

/** All hosts are clean and empty, or busy; none is new, about to end its paid day, or just released. */
export function isAtRest({ time }: World, hosts: ReadonlySet<SimulatedHost>): boolean {
  return hosts.size > 0 && [...hosts].every((host) => isSettled(host, time.now()));
}

function isSettled({ mac, state, allocatedAt }: SimulatedHost, now: number): boolean {
  const isBusy = mac?.busyWith !== undefined && now < mac.limitAt - 10 * minute;
  const age = now - allocatedAt;
  return state === 'available' && (!mac || isBusy) && age > 60 * minute && age < leastMs - 10 * minute;
}
