// Registrations at GitHub that no builder owns. They cost nothing, so they get a share of GitHub's calls.
import { builderOfRunner, runnerPrefix } from '../../contract/names.ts';
import { parseScope } from '../../contract/scope.ts';
import { scopesOf } from '../../policy/route.ts';
import { type Judgement, judgeRegistration } from '../../scheduler/orphans.ts';
import type { Registration } from '../../scheduler/ports.ts';
import type { Builder, PoolState, Sight } from '../../scheduler/records.ts';
import type { SweepMemory, Unowned } from '../../scheduler/sweep-records.ts';
import { limitsOf } from '../ports.ts';
import { abstain, count, eachPart, partOrAbstain } from './report.ts';
import { shareOf } from './share.ts';
import { forgetSights, rememberSight } from './sights.ts';
import type { Sweeping } from './sweeping.ts';

/** Where sightings of registrations are kept: they belong to no pool. */
const registrations = '-runners';

/**
 * An account's runners are one list, whichever of its runner groups they are in. A sweep lists at most so
 * many, more only as each must come at every fifth sweep; of each it reads at most so many pages of 100.
 */
const listsPerSweep = 10;
const mostTurns = 5;
const pagesPerList = 10;

const kinds = ['registration'] as const;

/** Deletes registrations with our name whose builder is gone or has another one, seen twice and not busy. */
export async function judgeRegistrations(
  on: Sweeping,
  states: readonly PoolState[],
  memory: SweepMemory,
): Promise<void> {
  const { ports, report, until } = on;
  const seen = await ports.open.read(registrations);
  const known: Known = {
    builders: new Map(states.flatMap(({ builders }) => builders.map((one) => [one.id, one]))),
    sights: new Map(seen.sights.map((sight) => [sight.id, sight])),
  };
  const prefix = runnerPrefix(ports.config.installation);
  const lists = { what: 'registrations', name: ({ part }: List) => part, width: 4, until, kinds };
  const scopes = scopesOf(ports.config);
  const now = listsOfTurn(scopes, memory.turn);
  report.unowned.push(...notLookedFor(memory, scopes, now));
  await eachPart(report, now, lists, async (list) => {
    const { part, place, owner, scope, visit } = list;
    const share = shareOf(ports.github.allowance(owner), ports.clock.now());
    if (typeof share === 'string') return abstain(report, { part, why: share, kinds, place });
    await partOrAbstain(report, { part, kinds, place }, async () => {
      const some = { pages: pagesPerList, turn: visit };
      const listed = await ports.github.runners.list(scope, prefix, some);
      const name = ({ name }: Registration): string => `registration ${name}`;
      const each = { what: part, name, width: 4, until, kinds };
      await eachPart(report, listed, each, (registration) => judgeOne(on, known, list, registration));
    });
  });
  await forgetSights(ports, seen, report);
}

/** What was found where this sweep does not look. */
function notLookedFor(
  { today }: SweepMemory,
  scopes: readonly { scope: string }[],
  lists: readonly List[],
): Unowned[] {
  const others = new Set(byPlace(scopes).keys());
  for (const { place } of lists) others.delete(place);
  return today.found.filter(
    ({ kind, place = '', until }) => kind === 'registration' && until === undefined && others.has(place),
  );
}

interface Known {
  builders: ReadonlyMap<string, Builder>;
  sights: ReadonlyMap<string, Sight>;
}

/** A list of GitHub, asked for by one of its scopes. */
interface List {
  part: string;
  /** As in receipts. */
  place: string;
  /** Grows by one each time that it is listed. */
  visit: number;
  owner: string;
  scope: string;
}

/** The lists of this sweep's turn. Any scope of a list will do: each is asked for in its turn. */
function listsOfTurn(scopes: readonly { scope: string; owner: string }[], turn: number): List[] {
  const lists = [...byPlace(scopes)];
  const n = Math.min(lists.length, Math.max(listsPerSweep, Math.ceil(lists.length / mostTurns)));
  return Array.from({ length: n }, (_, nth) => turn * n + nth).flatMap((at) => {
    const [place = '', all = []] = lists[at % lists.length] ?? [];
    const visit = Math.floor(at / lists.length);
    const one = all[visit % all.length];
    return one ? [{ part: `registrations of ${place}`, place, visit, ...one }] : [];
  });
}

/** Scopes of one place: their registrations are one list. */
export const byPlace = <S extends { scope: string }>(scopes: readonly S[]): Map<string, S[]> =>
  Map.groupBy(scopes, ({ scope }) => placeOf(scope));

function placeOf(scope: string): string {
  const { place } = parseScope(scope);
  return place.kind === 'group' ? `organization ${place.organization}` : `repository ${place.repository}`;
}

async function judgeOne(on: Sweeping, known: Known, list: List, registration: Registration): Promise<void> {
  const { ports, report } = on;
  const { id, name, busy } = registration;
  const builder = known.builders.get(builderOfRunner(ports.config.installation, name) ?? '');
  const limits = limitsOf(ports, builder?.pool ?? registrations);
  const now = ports.clock.now();
  const sight = known.sights.get(name);
  const judged = judgeRegistration(
    { name, busy, builder, sight: on.mayEnd ? sight : undefined },
    now,
    limits,
  );
  const { decision, isUnowned, isDoubtful, why } = builder || on.isSure ? judged : unsure(judged);
  const { pool } = builder ?? {};
  report.tell?.({ what: 'registration', id: name, decision, why: why(), pool, isDoubtful });
  if (isUnowned) {
    const since = Math.min(sight?.at ?? now, now);
    report.unowned.push({ kind: 'registration', id: name, place: list.place, since, usdPerHour: 0 });
  }
  if (decision === 'remember') {
    await rememberSight(ports, { pool: registrations, id: name }, sight);
    count(report, 'registrations without a builder');
  }
  if (decision !== 'end') return;
  const outcome = await ports.github.runners.remove(list.scope, { name, id });
  if (outcome === 'deleted') count(report, 'registrations deleted');
}

/** Its builder may stand in a record that cannot be read. */
const unsure = ({ why }: Judgement): Judgement => ({
  decision: 'leave',
  isDoubtful: true,
  why: () => `${why()}; but not all records can be read`,
});
