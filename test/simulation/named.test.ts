// Broken invariants get their number and a check that is the same for other ids.
import { describe, expect, it } from 'vitest';
import { broken, violationOf, wordsOf } from './named.ts';

describe('a line that says what broke', () => {
  it.each([
    [broken(2, 'machine left: i-00a'), 2],
    ['busy builder i-00a stopped, it ran 12', 3],
    ['a refused job ran its first step: 12', 7],
    ['launch gpu-1 was for 1, and has started 2', 4],
    ['the cap of project color (3) is overstepped on 2026-11-21: 31', 8],
    ['protected machine i-00a is stopped', 11],
    ['dispatcher threw Error: no', 1],
  ])('%s', (line, number) => {
    const violation = violationOf(line);
    expect(violation.number).toBe(number);
    expect(wordsOf(violation)).toMatch(new RegExp(`^invariant ${number} \\([a-z -]+.*\\): `));
  });

  it('is of the same check with another id, and of another with other words', () => {
    const check = (line: string): string => violationOf(line).check;
    expect(check('busy builder i-00a stopped, it ran 12')).toBe(check('busy builder i-07 stopped, it ran 3'));
    expect(check(broken(2, 'machine left: i-00a'))).not.toBe(check(broken(2, 'record left: i-00a')));
  });
});
