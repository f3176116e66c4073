// Scopes that GitHub refused for a while: they come back when a call that costs no machine works there.
import type { PoolState } from '../../scheduler/records.ts';
import { forgetScopes, liftScope, scopesToProbe } from '../../scheduler/scopes.ts';
import { changePool } from '../change.ts';
import { limitsOf } from '../ports.ts';
import { count, part } from './report.ts';
import type { Sweeping } from './sweeping.ts';

export async function liftRefusedScopes({ ports, report }: Sweeping, state: PoolState): Promise<void> {
  const { pool } = state.pool;
  const now = ports.clock.now();
  const limits = limitsOf(ports, pool);
  const lift = async (scope: string): Promise<void> => {
    const refusal = await ports.github.runners.refusal(scope);
    const why = refusal ?? 'GitHub would take a registration';
    report.tell?.({
      what: 'scope',
      id: scope,
      decision: refusal === undefined ? 'lift' : 'leave',
      why,
      pool,
    });
    if (refusal !== undefined) return;
    state.pool = await changePool(ports, pool, (current) => liftScope(current, scope, now));
    count(report, 'scopes back');
  };
  for (const scope of scopesToProbe(state.pool, now, limits)) {
    await part(report, `refused scope ${scope}`, () => lift(scope));
  }
  if (forgetScopes(state.pool, now, limits)) {
    state.pool = await changePool(ports, pool, (current) => forgetScopes(current, now, limits) ?? current);
  }
}
