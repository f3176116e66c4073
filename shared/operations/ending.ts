// Ends builders: a retirement asks first, a stop does not. Every step can be repeated.
import type { Limits } from '../scheduler/limits.ts';
import { Doubt } from '../scheduler/ports.ts';
import type { Builder, PoolState } from '../scheduler/records.ts';
import type { Ending } from '../scheduler/supply.ts';
import { limitsOf, type Ports } from './ports.ts';
import { save } from './state.ts';

/** What became of an ending. `raced`: somebody else changed the builder first, so it is decided anew. */
export type Ended = 'stopped' | 'waits' | 'busy' | 'raced';

/** Stops a builder now: the decision is saved, then the machine is stopped. */
export async function stop(ports: Ports, state: PoolState, { builder, why }: Ending): Promise<Ended> {
  const now = ports.clock.now();
  const stopping: Builder = { ...builder, phase: 'stopping', why: builder.why ?? why, stoppingAt: now };
  if (!(await save(ports, state, stopping))) return 'raced';
  await stopMachine(ports, builder);
  return 'stopped';
}

/**
 * Retires a builder: saves `retiring`, deletes its registration, and waits for the agent's word or its
 * silence. GitHub refusing the deletion proves that a job runs: the builder is ready again, and busy.
 */
export async function retire(ports: Ports, state: PoolState, { builder, why }: Ending): Promise<Ended> {
  const now = ports.clock.now();
  let current: Builder = builder;
  if (current.phase !== 'retiring') {
    const retiring = await save(ports, state, { ...current, phase: 'retiring', why, retiringAt: now });
    if (!retiring) return 'raced';
    current = retiring;
  }
  if (current.deletedAt === undefined && current.runner) {
    const removed = await removeRegistration(ports, current);
    const next: Builder =
      removed === 'busy'
        ? {
            ...current,
            phase: 'ready',
            startedAt: current.startedAt ?? now,
            why: undefined,
            retiringAt: undefined,
          }
        : { ...current, deletedAt: ports.clock.now() };
    const saved = await save(ports, state, next);
    if (!saved) return 'raced';
    if (removed === 'busy') return 'busy';
    current = saved;
  }
  return silentSince(current, limitsOf(ports, current.pool), ports.clock.now())
    ? stop(ports, state, { builder: current, why })
    : 'waits';
}

/** Accepted is not proof: the agent has a while to say that it works after all. */
function silentSince(builder: Builder, limits: Limits, now: number): boolean {
  const lastWord = builder.heardAt ?? builder.readyAt ?? builder.claimedAt ?? 0;
  return now - Math.max(builder.deletedAt ?? 0, lastWord) >= limits.silenceMs;
}

/**
 * Deletes what a builder that is gone may have left at GitHub. Busy: a job still runs there by GitHub's
 * books. True: raced.
 */
export async function unregister(ports: Ports, state: PoolState, builder: Builder): Promise<boolean> {
  if ((await removeRegistration(ports, builder)) === 'busy') return false;
  return !(await save(ports, state, { ...builder, unregisteredAt: ports.clock.now() }));
}

async function removeRegistration(ports: Ports, builder: Builder): Promise<'deleted' | 'absent' | 'busy'> {
  if (!builder.scope || !builder.runner) return 'absent';
  return ports.github.runners.remove(builder.scope, { name: builder.runner, id: builder.runnerId });
}

/** Asks the provider to end the machine; what it cannot do now is asked again by a later pass. */
async function stopMachine(ports: Ports, builder: Builder): Promise<void> {
  const provider = ports.providers[builder.provider];
  if (!provider)
    throw new Doubt(`builder ${builder.id} belongs to provider '${builder.provider}', which is not set up`);
  const { failed } = await provider.stop([builder.id], new Map([[builder.id, builder.offering]]));
  if (failed.length > 0)
    ports.log({ unit: 'stop', pool: builder.pool, builder: builder.id, outcome: 'not stopped' });
}
