// The quick way between two jobs: a machine's disk is replaced from outside, then its next turn begins.
import type { HostPlan } from '../../scheduler/hosts/keeping.ts';
import { beginReset, nextTurn } from '../../scheduler/hosts/observe.ts';
import type { Builder, PoolState } from '../../scheduler/records.ts';
import { inParallel } from '../change.ts';
import { stop } from '../ending.ts';
import { reserveHost } from '../money/hosts.ts';
import type { Ports } from '../ports.ts';
import { save } from '../state.ts';
import { hostsOf } from './allocating.ts';

/**
 * Saves that the machine is reset, and for whom, then asks for it. Answers whether somebody else was faster:
 * then it is decided anew.
 */
export async function reset(
  ports: Ports,
  state: PoolState,
  { builder, bound, reservedUntil }: HostPlan['reset'][number],
): Promise<boolean> {
  if (!(await payFor(ports, state, builder, reservedUntil))) return true;
  const asked = await save(ports, state, beginReset(builder, bound, ports.clock.now()));
  return !asked || askReset(ports, state, asked);
}

async function payFor(ports: Ports, state: PoolState, builder: Builder, until: number): Promise<boolean> {
  const host = state.hosts.find(({ id }) => id === builder.host);
  if (!host) return true;
  const paid = await reserveHost(ports, state, host, until);
  return paid === host || (await save(ports, state, paid)) !== undefined;
}

/** The same builder, turn and time are the same task: asked for again, it is found. */
async function askReset(ports: Ports, state: PoolState, builder: Builder): Promise<boolean> {
  const task = await hostsOf(ports).reset(builder);
  const { askedAt = ports.clock.now() } = builder.reset ?? {};
  return !(await save(ports, state, { ...builder, reset: { askedAt, task } }));
}

/**
 * Looks how resets are going. One that has succeeded begins the machine's next turn; one that has failed ends
 * the machine. Answers whether the pool must be looked at again at once.
 */
export async function followResets(
  ports: Ports,
  state: PoolState,
  resetting: readonly Builder[],
): Promise<boolean> {
  let again = false;
  await inParallel(
    resetting.filter(({ reset }) => reset?.task === undefined),
    5,
    async (builder) => {
      again = (await askReset(ports, state, builder)) || again;
    },
  );
  const asked = resetting.filter(({ reset }) => reset?.task !== undefined);
  const states = asked.length > 0 ? await hostsOf(ports).resets(asked) : new Map();
  await inParallel(asked, 5, async (builder) => {
    switch (states.get(builder.id)) {
      case 'succeeded':
        await beginTurn(ports, state, builder);
        again = true;
        return;
      case 'failed':
        await stop(ports, state, { builder, why: 'its disk could not be replaced' });
        return;
      case 'running':
      case undefined:
        return;
    }
  });
  return again;
}

async function beginTurn(ports: Ports, state: PoolState, builder: Builder): Promise<void> {
  const next = await save(ports, state, nextTurn(builder, ports.clock.now()));
  if (!next) return;
  const { pool, id, turn, host } = next;
  ports.log({ unit: 'host', pool, host, builder: id, turn, outcome: 'reset' });
  await mark(ports, next);
}

/**
 * Machines in a later turn that have not claimed yet: their epoch is put there again, since whoever began the
 * turn may have died before.
 */
export const unmarked = ({ builders }: PoolState): Builder[] =>
  builders.filter(({ turn, phase, askedAt }) => turn > 1 && phase === 'booting' && askedAt === undefined);

/** Puts the epoch of the machine's present turn on it. Repeating is a no-op. */
export async function mark(ports: Ports, builder: Builder): Promise<void> {
  if (!ports.epochs) throw new Error(`builder ${builder.id} needs an epoch, and epochs are not set up`);
  await hostsOf(ports).mark(builder, await ports.epochs.of(builder));
}
