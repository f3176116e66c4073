// A simulated month keeps the rules of hosts, and its numbers can be counted by hand.
import { describe, expect, it } from 'vitest';
import { type Demand, demandOf, monthBegins, patternNames } from '../../shared/forecast/demand.ts';
import { luckOf } from '../../shared/forecast/luck.ts';
import { monthOf } from '../../shared/forecast/month.ts';
import { alwaysOn, callsheetThatWaits, hostPerJob } from '../../shared/forecast/policies.ts';
import { resultOf } from '../../shared/forecast/results.ts';
import { day, hour, minute } from '../../shared/forecast/units.ts';
import { pool, usdPerHour } from './pool.ts';

const luck = luckOf(1);
const job = (id: string, at: number, repository = 'example/one'): Demand => ({
  id,
  at: monthBegins + at,
  repository,
  ms: 30 * minute,
});
const paidDay = 24 * usdPerHour;

describe('a month', () => {
  it('of one job takes one host for its day, less the cleaning, and the job waits for a boot', () => {
    const { waits, usd, hosts, hostsAtOnce, refused } = monthOf(pool(), [job('1', hour)], 30, luck);
    expect({ hosts, hostsAtOnce, refused }).toEqual({ hosts: 1, hostsAtOnce: 1, refused: 0 });
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeGreaterThanOrEqual(6 * minute);
    expect(waits[0]).toBeLessThanOrEqual(21 * minute);
    expect(usd).toBeGreaterThan(paidDay - 4.5 * usdPerHour);
    expect(usd).toBeLessThan(paidDay);
  });

  it('serves the next job of a repository on the same Mac, within a reset', () => {
    const { waits, hosts } = monthOf(pool(), [job('1', hour), job('2', 80 * minute)], 30, luck);
    expect(hosts).toBe(1);
    expect(waits[1]).toBeLessThan(65 * minute);
  });

  it('costs nothing without jobs, but for hosts that are kept', () => {
    expect(monthOf(pool(), [], 30, luck)).toMatchObject({ usd: 0, hosts: 0 });
    expect(monthOf(alwaysOn(pool(), 2), [], 30, luck).usd).toBeCloseTo(2 * 30 * paidDay);
  });

  it('says so when no Mac can boot within the limit of the pool', () => {
    const hasty = pool({ bootMs: 5 * minute });
    expect(() => monthOf(hasty, [job('1', hour)], 1, luck)).toThrow('1 of 1 jobs would never be served');
  });

  it.each([
    { resets: false },
    { paidDay: 'one-job' },
    { afterwards: 'keep' },
    { maximum: 1, waitMs: 0, stayMs: 0 },
  ] as const)('ends with %j, too', (own) => {
    const demand = demandOf('working-day', 7, luck);
    expect(monthOf(pool(own), demand, 7, luck)).toMatchObject({
      refused: 0,
      waits: { length: demand.length },
    });
  });

  it('gives each job a host of its own where that is the policy', () => {
    const jobs = [job('1', hour), job('2', hour), job('3', 5 * hour)];
    expect(monthOf(hostPerJob(pool()), jobs, 30, luck)).toMatchObject({
      hosts: 3,
      hostsAtOnce: 3,
      refused: 0,
    });
  });

  it('takes as few hosts as jobs may wait, and never more than the pool may have', () => {
    const jobs = Array.from({ length: 6 }, (_, at) => job(String(at), hour));
    const hosts = (minutes: number, maximum: number) =>
      monthOf(callsheetThatWaits(pool(), minutes, maximum), jobs, 30, luck).hosts;
    expect(hosts(0, 40)).toBe(6);
    expect(hosts(240, 40)).toBeLessThan(3);
    expect(hosts(0, 2)).toBe(2);
  });

  it.each(patternNames)('of %s is the same for the same seed, and no release comes too early', (pattern) => {
    const demand = demandOf(pattern, 14, luck);
    const month = monthOf(pool(), demand, 14, luck);
    expect(month.refused).toBe(0);
    expect(month.waits).toHaveLength(demand.length);
    expect(month.hostsAtOnce).toBeLessThanOrEqual(2);
    expect(monthOf(pool(), demand, 14, luck)).toEqual(month);
  });
});

describe('the numbers of a month', () => {
  it('are the median, what 95 % do not exceed, and the cost of a job', () => {
    const waits = Array.from({ length: 100 }, (_, at) => (100 - at) * minute);
    const month = { waits, usd: 50, hosts: 3, hostsAtOnce: 2, refused: 0 };
    expect(resultOf(month)).toEqual({
      jobs: 100,
      usd: 50,
      usdPerJob: 0.5,
      medianWait: 50,
      wait95: 95,
      hosts: 3,
      hostsAtOnce: 2,
    });
    expect(resultOf({ ...month, waits: [] })).toMatchObject({ jobs: 0, usdPerJob: 0, wait95: 0 });
  });

  it('count a host to the end of the days if it is never released', () => {
    const { usd } = monthOf(alwaysOn(pool(), 1), [job('1', hour)], 10, luck);
    expect(usd).toBeLessThan(10 * paidDay);
    expect(usd).toBeGreaterThan(((10 * day) / hour) * usdPerHour - 4.5 * usdPerHour);
  });
});
