// Builders on record that the cloud's list lacks. What a list lacks is a hint, never proof.
import { judgeMissing, mustBeShown } from '../../scheduler/reconcile.ts';
import type { Builder, PoolState } from '../../scheduler/records.ts';
import { limitsOf, type Ports } from '../ports.ts';
import { recordGone } from '../record.ts';
import { save } from '../state.ts';
import { isHidden, type ShownMachines } from './clouds.ts';
import { inDoubt, type Lacks } from './doubt.ts';
import { count, eachPart } from './report.ts';
import type { Sweeping } from './sweeping.ts';

const parts = { what: 'missing machines', name: ({ id }: Builder) => `missing machine ${id}`, width: 10 };

/** What a provider's list lacks of the builders of all pools. */
export function lackOfMachines(ports: Ports, shown: ShownMachines, states: readonly PoolState[]): Lacks {
  const now = ports.clock.now();
  const must = states.flatMap((state) => {
    const limits = limitsOf(ports, state.pool.pool);
    const isExpected = (one: Builder): boolean =>
      one.provider === shown.provider && mustBeShown(one, now, limits) && !isHidden(shown, one);
    return state.builders.filter(isExpected);
  });
  return {
    part: shown.part,
    kind: 'machine',
    noun: 'builders',
    expected: must.length,
    lacking: must.filter(({ id }) => !shown.ids.has(id)).length,
    missed: () =>
      states.flatMap((state) => {
        const limits = limitsOf(ports, state.pool.pool);
        const missed = missingOf(state, shown).filter(
          (one) => judgeMissing(one, now, limits).decision !== 'nothing',
        );
        return missed.map(({ id }) => id);
      }),
  };
}

/** Those that are on record, and neither shown nor perhaps hidden. */
const missingOf = ({ builders }: PoolState, shown: ShownMachines): Builder[] =>
  builders.filter(
    (one) =>
      one.phase !== 'gone' &&
      one.provider === shown.provider &&
      !shown.ids.has(one.id) &&
      !isHidden(shown, one),
  );

/**
 * Builders that the provider's list lacks: written down first, then asked for by their id. `asked`: the list
 * is not believed, and only these may be asked for.
 */
export async function lookForMissing(
  { ports, report }: Sweeping,
  state: PoolState,
  shown: ShownMachines,
  asked: ReadonlySet<string> | undefined,
): Promise<void> {
  const { pool } = state.pool;
  const limits = limitsOf(ports, pool);
  await eachPart(report, missingOf(state, shown), parts, async (builder) => {
    const now = ports.clock.now();
    const judged = asked ? inDoubt(asked, builder.id) : judgeMissing(builder, now, limits);
    const { decision, isDoubtful, why } = judged;
    report.tell?.({ what: 'missing machine', id: builder.id, decision, why: why(), pool, isDoubtful });
    if (decision === 'remember') await save(ports, state, { ...builder, missingAt: now });
    if (decision !== 'look' || !(await isGone(ports, builder))) return;
    const { id, launch, provider } = builder;
    await recordGone(ports, { pool, id, launch, provider, why: 'the machine is gone' });
    count(report, 'machines gone');
  });
}

const isGone = async ({ providers }: Ports, { provider, id, offering }: Builder): Promise<boolean> => {
  const cloud = providers[provider];
  return cloud !== undefined && (await cloud.look(id, offering)) === undefined;
};
