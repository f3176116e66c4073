// Registrations at GitHub that no builder owns, and scopes that GitHub refused for a while.
import { builderOfRunner, runnerPrefix } from '../../contract/names.ts';
import { scopesOf } from '../../policy/route.ts';
import { judgeRegistration } from '../../scheduler/orphans.ts';
import type { Registration } from '../../scheduler/ports.ts';
import type { Builder, PoolState } from '../../scheduler/records.ts';
import { forgetScopes, liftScope, scopesToProbe } from '../../scheduler/scopes.ts';
import { changePool } from '../change.ts';
import { limitsOf, type Ports } from '../ports.ts';
import { rememberSight } from './machines.ts';
import { count, eachPart, part, type Report } from './report.ts';

/** Where sightings of registrations are kept: they belong to no pool. */
const registrations = '-runners';

/** Deletes registrations with our name whose builder is gone or has another one, seen twice and not busy. */
export async function judgeRegistrations(
  ports: Ports,
  states: readonly PoolState[],
  report: Report,
  until: () => boolean,
): Promise<void> {
  const builders = new Map<string, Builder>();
  for (const state of states) for (const builder of state.builders) builders.set(builder.id, builder);
  const prefix = runnerPrefix(ports.config.installation);
  const seen = await ports.open.read(registrations);
  const sights = new Map(seen.sights.map((sight) => [sight.id, sight]));
  const judgeOne = async (scope: string, { id, name, busy }: Registration): Promise<void> => {
    const builder = builders.get(builderOfRunner(ports.config.installation, name) ?? '');
    const limits = limitsOf(ports, builder?.pool ?? registrations);
    const context = { name, busy, builder, sight: sights.get(name) };
    const decision = judgeRegistration(context, ports.clock.now(), limits);
    if (decision === 'remember') {
      await rememberSight(ports, registrations, name);
      count(report, 'registrations without a builder');
    }
    if (decision !== 'end') return;
    if ((await ports.github.runners.remove(scope, { name, id })) === 'deleted')
      count(report, 'registrations deleted');
  };
  const scopes = {
    what: 'registrations',
    name: ({ scope }: { scope: string }) => `registrations of ${scope}`,
    width: 4,
    until,
  };
  await eachPart(report, scopesOf(ports.config), scopes, async ({ scope }) => {
    const each = {
      what: `registrations of ${scope}`,
      name: ({ name }: Registration) => `registration ${name}`,
      width: 1,
      until,
    };
    const listed = await ports.github.runners.list(scope, prefix);
    await eachPart(report, listed, each, (registration) => judgeOne(scope, registration));
  });
  for (const sight of seen.sights) {
    if (ports.clock.now() - sight.at > ports.standard.tombstoneMs) await ports.open.remove(sight);
  }
}

/** A scope comes back when a call that costs no machine works there. */
export async function liftRefusedScopes(ports: Ports, state: PoolState, report: Report): Promise<void> {
  const { pool } = state.pool;
  const now = ports.clock.now();
  const limits = limitsOf(ports, pool);
  const lift = async (scope: string): Promise<void> => {
    if ((await ports.github.runners.refusal(scope)) !== undefined) return;
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
