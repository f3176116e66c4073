// The claim: at equal waiting time Callsheet is never dearer than the better of the two other policies.
import { describe, expect, it } from 'vitest';
import { cheapestAsQuick } from '../../shared/forecast/advice.ts';
import { comparison, type Row } from '../../shared/forecast/comparison.ts';
import { demandOf, patternNames } from '../../shared/forecast/demand.ts';
import { luckOf } from '../../shared/forecast/luck.ts';
import { monthOf } from '../../shared/forecast/month.ts';
import { alwaysOn, callsheetThatWaits } from '../../shared/forecast/policies.ts';
import { resultOf } from '../../shared/forecast/results.ts';
import type { Settings } from '../../shared/forecast/settings.ts';
import { pool } from './pool.ts';

const days = 21;
const seeds = [1, 2];

/**
 * The comparison has one number of hosts that are always on, the one that is as quick as Callsheet. These are
 * the others; and where they are too few and jobs wait for half a day, so may those of Callsheet.
 */
function moreRows(pattern: Row['pattern'], seed: number): Row[] {
  const luck = luckOf(seed);
  const demand = demandOf(pattern, days, luck);
  const row = (policy: Row['policy'], setting: number, how: Settings): Row => {
    const result = resultOf(monthOf(how, demand, days, luck));
    return { pattern, policy, setting: String(setting), ...result };
  };
  return [
    ...[1, 2, 3, 4].map((hosts) => row('always on', hosts, alwaysOn(pool(), hosts))),
    ...[480, 720, 960].map((minutes) => row('Callsheet', minutes, callsheetThatWaits(pool(), minutes))),
  ];
}

describe.each(patternNames)('Callsheet under %s', (pattern) => {
  it.each(seeds)(
    'has a setting that is as quick as each other policy, and no dearer (seed %i)',
    (seed) => {
      const compared = comparison({ settings: pool(), patterns: [pattern], days, seed });
      const rows = [...compared, ...moreRows(pattern, seed)];
      const others = rows.filter(({ policy }) => policy !== 'Callsheet');
      expect(others).toHaveLength(6);
      for (const other of others) {
        const best = cheapestAsQuick(rows, other);
        expect(best?.usd, `against ${other.policy} ${other.setting}`).toBeLessThanOrEqual(other.usd * 1.01);
      }
    },
    60_000,
  );
});
