// Which repositories are listed in a turn: none waits longer than its rhythm says.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chosen, failedIn, type Life, type Repository } from '../../shared/scheduler/repositories.ts';

const lives = ['busy', 'quiet', 'still'] as const;
const rhythm: Record<Life, number> = { busy: 3, quiet: 5, still: 12 };

const some = (n: number, life: (nth: number) => Life): Repository[] =>
  Array.from({ length: n }, (_, nth) => ({ name: `r${nth}`, life: life(nth) }));

/** Turns from 1 on; answers the longest pause of each repository, and the most listings of a turn. */
function play(repositories: Repository[], turns: number) {
  const pauses = new Map<string, number>();
  let most = 0;
  for (let turn = 1; turn <= turns; turn += 1) {
    const { list } = chosen(repositories, turn, false);
    most = Math.max(most, list.length);
    for (const one of list) {
      pauses.set(one.name, Math.max(pauses.get(one.name) ?? 0, turn - (one.listed ?? 0)));
      one.listed = turn;
    }
  }
  return { pauses, most };
}

describe('a repository', () => {
  it('is listed as often as its kind asks for, whichever sixty there are', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...lives), { minLength: 1, maxLength: 60 }), (kinds) => {
        const repositories = some(kinds.length, (nth) => kinds[nth] ?? 'still');
        const { pauses } = play(repositories, 40);
        for (const { name, life } of repositories) {
          expect(pauses.get(name)).toBeLessThanOrEqual(rhythm[life]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('is never forgotten, however many there are, and a sweep lists sixty at most', () => {
    const repositories = some(1000, (nth) => lives[nth % 3] ?? 'still');
    const { pauses, most } = play(repositories, 40);
    expect(most).toBeLessThanOrEqual(60);
    expect(pauses.size).toBe(1000);
    expect(Math.max(...pauses.values())).toBeLessThanOrEqual(40);
  });

  it('is due in any turn while nothing is open', () => {
    const repositories = some(10, () => 'still').map((one) => ({ ...one, listed: 6 }));
    expect(chosen(repositories, 7, false).list).toEqual([]);
    expect(chosen(repositories, 7, true).list).toHaveLength(10);
  });

  it('whose listing has failed is due in the next turn, and holds up none of the others', () => {
    const repositories = some(24, () => 'still');
    const broken = repositories.slice(0, 6);
    const listed = new Set<string>();
    for (let turn = 1; turn <= 30; turn += 1) {
      for (const one of chosen(repositories, turn, false).list) {
        listed.add(one.name);
        one.listed = broken.includes(one) ? failedIn(turn, one) : turn;
      }
    }
    expect(listed.size).toBe(24);
    const [one] = broken;
    if (one) expect(chosen([{ ...one, listed: failedIn(40, one) }], 41, false).list).toHaveLength(1);
  });

  it('that was listed in a turn to come counts as never listed', () => {
    expect(chosen([{ name: 'r', life: 'still', listed: 99 }], 3, false).list).toHaveLength(1);
  });
});
