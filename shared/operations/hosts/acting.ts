// What a pass does about hosts, in the order in which it matters: what is there first, then what is wanted.
import type { HostPlan } from '../../scheduler/hosts/keeping.ts';
import type { PoolState } from '../../scheduler/records.ts';
import { Raced } from '../change.ts';
import { reserveHost } from '../money/hosts.ts';
import type { Ports } from '../ports.ts';
import { save } from '../state.ts';
import { allocate, askHost, closeHost } from './allocating.ts';
import { release } from './releasing.ts';
import { followResets, mark, reset, unmarked } from './resetting.ts';

/**
 * Does the work on each item, as the pass does its work: a doubt stops that item only, and the work answers
 * whether the pool must be looked at again at once.
 */
export type Each = <T>(items: readonly T[], work: (item: T) => Promise<boolean>) => Promise<void>;

/** What comes before anything is dealt or started: news of hosts and resets, and the money. */
export async function tendHosts(ports: Ports, state: PoolState, plan: HostPlan, each: Each): Promise<void> {
  await each(plan.served, async (host) => !(await save(ports, state, host)));
  await each(plan.close, async (host) => {
    await closeHost(ports, state, host);
    return true;
  });
  await each(plan.askAgain, (host) => askHost(ports, state, host, true));
  await each(unmarked(state), async (builder) => {
    await mark(ports, builder);
    return false;
  });
  await each(plan.resetting.length > 0 ? [plan.resetting] : [], (all) => followResets(ports, state, all));
  await each(plan.extend, async ({ host: planned, reservedUntil }) => {
    const host = state.hosts.find(({ id }) => id === planned.id) ?? planned;
    const paid = await reserveHost(ports, state, host, reservedUntil);
    if (paid !== host && !(await save(ports, state, paid)))
      throw new Raced(`host ${host.id} changes meanwhile`);
    return false;
  });
}

/** What comes after launches: they go to hosts that are there. */
export async function useHosts(ports: Ports, state: PoolState, plan: HostPlan, each: Each): Promise<void> {
  await each(plan.allocate ? [plan.allocate] : [], (wanted) => allocate(ports, state, wanted));
  await each(plan.reset, (wanted) => reset(ports, state, wanted));
  await each(plan.release, (host) => {
    const current = state.hosts.find(({ id }) => id === host.id) ?? host;
    return release(ports, state, current);
  });
}
