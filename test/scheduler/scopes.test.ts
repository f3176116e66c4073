// Golden table of scopes that GitHub refuses: set aside, probed, lifted, refused again, forgotten.
import { describe, expect, it } from 'vitest';
import { standardLimits } from '../../shared/scheduler/limits.ts';
import { emptyPool } from '../../shared/scheduler/records.ts';
import {
  forgetScopes,
  liftScope,
  refusalOf,
  refuseScope,
  scopesToProbe,
} from '../../shared/scheduler/scopes.ts';

const minute = 60_000;
const scope = 'group/film/callsheet-color';
const limits = { ...standardLimits, bootMs: 10 * minute, jobMs: 60 * minute };

/** A pool where the scope was refused so often, each time lifted, the last time at 0. */
const refused = (times: number) => {
  let pool = emptyPool('gpu');
  for (let n = 1; n <= times; n += 1)
    pool = refuseScope(liftScope(pool, scope, -minute), scope, 'no such label', 0);
  return pool;
};

describe('a scope that GitHub refuses', () => {
  it('is set aside with the reason', () => {
    expect(refusalOf(refused(1), scope)).toEqual({ since: 0, why: 'no such label', times: 1 });
    expect(refusalOf(refused(1), 'group/film/callsheet-volume')).toBeUndefined();
  });

  it.each([
    [1, 0],
    [2, 2],
    [3, 4],
    [4, 8],
    [7, 60],
    [20, 60],
  ])('refused %i times is probed after %i minutes', (times, minutes) => {
    const pool = refused(times);
    if (minutes > 0) expect(scopesToProbe(pool, minutes * minute - 1, limits)).toEqual([]);
    expect(scopesToProbe(pool, minutes * minute, limits)).toEqual([scope]);
  });

  it('that is lifted holds nobody, is not probed again, and is forgotten after an hour', () => {
    const pool = liftScope(refused(1), scope, minute);
    expect(refusalOf(pool, scope)).toBeUndefined();
    expect(scopesToProbe(pool, 9 * minute, limits)).toEqual([]);
    expect(forgetScopes(pool, 60 * minute, limits)).toBeUndefined();
    expect(forgetScopes(pool, 61 * minute, limits)?.refusedScopes).toEqual({});
  });

  it('is refused once, however many builders asked at the same time', () => {
    const pool = refused(1);
    expect(refuseScope(pool, scope, 'no such label', minute)).toBe(pool);
  });

  it('and was never lifted is not forgotten', () => {
    expect(forgetScopes(refused(1), 600 * minute, limits)).toBeUndefined();
  });
});
