// The patterns of demand are what they say, and chance is the seed's alone.
import { describe, expect, it } from 'vitest';
import { type Demand, demandOf, monthBegins, patternNames } from '../../shared/forecast/demand.ts';
import { luckOf } from '../../shared/forecast/luck.ts';
import { day, hour } from '../../shared/forecast/units.ts';

const days = 28;
const jobsOf = (pattern: (typeof patternNames)[number], seed = 1) => demandOf(pattern, days, luckOf(seed));
const dateOf = ({ at }: Demand): number => Math.floor((at - monthBegins) / day);
const hourOf = ({ at }: Demand): number => ((at - monthBegins) % day) / hour;

describe('the patterns of demand', () => {
  it('nightly: four jobs of one repository each night at two', () => {
    const jobs = jobsOf('nightly');
    expect(jobs).toHaveLength(4 * days);
    expect(new Set(jobs.map(hourOf))).toEqual(new Set([2]));
    expect(new Set(jobs.map(({ repository }) => repository)).size).toBe(1);
  });

  it('working-day: jobs of three repositories in working hours, none at weekends', () => {
    const jobs = jobsOf('working-day');
    const dates = Map.groupBy(jobs, dateOf);
    expect([...dates.keys()]).toEqual(Array.from({ length: days }, (_, at) => at).filter((at) => at % 7 < 5));
    for (const own of dates.values()) {
      expect(own.length).toBeGreaterThanOrEqual(6);
      expect(own.length).toBeLessThanOrEqual(12);
    }
    expect(Math.min(...jobs.map(hourOf))).toBeGreaterThanOrEqual(9);
    expect(Math.max(...jobs.map(hourOf))).toBeLessThan(18);
    expect(new Set(jobs.map(({ repository }) => repository)).size).toBe(3);
  });

  it('burst: ten at once, once or twice a week', () => {
    const bursts = [...Map.groupBy(jobsOf('burst'), ({ at }) => at).values()];
    const weeks = Map.groupBy(bursts, ([first]) => Math.floor((first ? dateOf(first) : 0) / 7));
    expect(bursts.every(({ length }) => length === 10)).toBe(true);
    expect([...weeks.keys()]).toEqual([0, 1, 2, 3]);
    for (const own of weeks.values()) expect([1, 2]).toContain(own.length);
  });

  it('weekly: one job in each week', () => {
    expect(jobsOf('weekly').map((job) => Math.floor(dateOf(job) / 7))).toEqual([0, 1, 2, 3]);
  });

  it.each(patternNames)(
    '%s: the same seed is the same month, in order; another seed is another one',
    (name) => {
      const jobs = jobsOf(name);
      expect(jobsOf(name)).toEqual(jobs);
      expect(jobsOf(name, 2)).not.toEqual(jobs);
      expect(jobs.map(({ at }) => at)).toEqual(jobs.map(({ at }) => at).sort((a, b) => a - b));
      expect(new Set(jobs.map(({ id }) => id)).size).toBe(jobs.length);
    },
  );
});
