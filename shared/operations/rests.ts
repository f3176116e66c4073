// Rests: what a pool remembers of rungs that could not give what was asked, and are left alone for a while.
import type { Plan } from '../scheduler/plan.ts';
import type { Fault } from '../scheduler/ports.ts';
import type { Launch, Pool, PoolState, RungRest, Time } from '../scheduler/records.ts';
import { type ClosedRung, restAfter } from '../scheduler/rungs.ts';
import { changePool } from './change.ts';
import { isLasting } from './faults.ts';
import { limitsOf, type Ports } from './ports.ts';

/** Words of clouds are cut to this length: hundreds of offerings may each have their own. */
const longest = 400;

/** What was asked for, and when: a launch, or a host. */
type Asked = Pick<Launch, 'pool' | 'rung' | 'askedAt'>;

/** A rung that has refused a launch is left alone for a while, so that the next one is asked. */
export function leaveAlone(
  ports: Ports,
  state: PoolState,
  launch: Asked,
  faults: readonly Fault[],
): Promise<void> {
  const whys = faults.map(({ kind, why }) => `${kind}: ${why}`);
  return rest(ports, state, launch, whys.join('; '), faults.some(isLasting));
}

/** So is one that has never answered: later ones may be better. */
export const leaveSilentAlone = (ports: Ports, state: PoolState, launch: Asked, why: string) =>
  rest(ports, state, launch, `capacity: ${why}`, true);

async function rest(
  ports: Ports,
  state: PoolState,
  { pool, rung, askedAt }: Asked,
  why: string,
  lasting: boolean,
): Promise<void> {
  const refusal = { why: why.slice(0, longest), askedAt, lasting };
  const now = ports.clock.now();
  state.pool = await changePool(ports, pool, (current) => {
    const before = current.closedRungs[rung];
    const after = restAfter(before, refusal, now, limitsOf(ports, pool));
    return after === before ? current : withRest(current, rung, after);
  });
}

/** The rung has given all that was asked. */
export async function forgetVain(ports: Ports, state: PoolState, { pool, rung }: Asked): Promise<void> {
  if (state.pool.closedRungs[rung]?.since === undefined) return;
  state.pool = await changePool(ports, pool, (current) => {
    const rest = current.closedRungs[rung];
    if (rest?.since === undefined) return current;
    return withRest(current, rung, { ...rest, since: undefined, refusals: undefined });
  });
}

/** Closes a rung whose builders have failed. */
export async function closeRung(ports: Ports, state: PoolState, closing: ClosedRung): Promise<void> {
  const { pool } = state.pool;
  const { rung, ...closed } = closing;
  state.pool = await changePool(ports, pool, (current) => withRest(current, rung, closed));
  ports.log({ unit: 'rung', pool, rung, outcome: 'closed', why: closed.why });
}

/** Notes since when rungs are wanted in vain, beside what has closed them for a while. */
export function rememberVain(pool: Pool, { rungs, inVain }: Plan, now: Time): Pool {
  return inVain.reduce((remembered, index) => {
    const { rests, since, patienceMs = 0 } = rungs[index] ?? {};
    const before = pool.closedRungs[index];
    if (patienceMs === 0 || !rests || (before && before.until > now)) return remembered;
    const why = rests.whys.join('; ').slice(0, longest);
    const inRow = since === undefined ? { since: now } : { since, refusals: before?.refusals };
    return withRest(remembered, index, { until: now, times: before?.times ?? 0, why, ...inRow });
  }, pool);
}

const withRest = (pool: Pool, rung: number, rest: RungRest): Pool => ({
  ...pool,
  closedRungs: { ...pool.closedRungs, [rung]: rest },
});
