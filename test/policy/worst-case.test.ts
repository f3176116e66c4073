// Daily limits that could never pay for one builder: refused, with the figures.
import { describe, expect, it } from 'vitest';
import { hostMinutes } from '../../shared/policy/hosts.ts';
import { parseConfig } from '../../shared/policy/schema.ts';
import { standardLimits } from '../../shared/scheduler/limits.ts';
import { problemsOf, sampleInput, withMac, withPool } from './sample.ts';

const { projects } = sampleInput;
const ec2 = { provider: 'ec2', types: ['g4dn.xlarge'] } as const;

/** Of an installation and one of its projects that may spend so much. */
const problems = (pool: object, daily: { all?: number; open?: number } = {}) =>
  problemsOf({
    ...withPool(pool),
    maxUsdPerDay: daily.all,
    projects: { ...projects, open: { ...projects.open, maxUsdPerDay: daily.open } },
  });

/** 10 minutes to boot, 5 to be ready, 100 for the job, 5 to end: two hours, 1.052 USD. */
const pool = { ladder: [ec2], jobLimitMinutes: 100 };

describe('a daily limit of Macs', () => {
  const ofFilm = (pool: object, usd: number) => ({
    ...withMac(pool),
    projects: { ...withMac({}).projects, film: { ...projects.film, maxUsdPerDay: usd } },
  });
  const ladder = [{ provider: 'local' }, { provider: 'mac', families: ['mac2', 'mac2-m2'] }];

  it('pays for the dearest host, for a day and the time to let go of it', () => {
    expect(problemsOf(ofFilm({ ladder }, 21.52))).toEqual([]);
    expect(problemsOf(ofFilm({ ladder }, 21))).toEqual([
      'pools.mac.ladder[1]: one host may cost 21.51 USD (0.878 USD an hour for 1470 minutes), ' +
        'and projects.film.maxUsdPerDay is 21; raise that, or name cheaper families',
    ]);
  });

  it('pays for a job that takes longer than that', () => {
    const long = { ladder, jobLimitMinutes: 2000 };
    expect(problemsOf(ofFilm(long, 29))).toEqual([
      'pools.mac.ladder[1]: one host may cost 30.07 USD (0.878 USD an hour for 2055 minutes), ' +
        'and projects.film.maxUsdPerDay is 29; raise that, or name cheaper families',
    ]);
  });

  it('counts what is set aside when a host is asked for', () => {
    const { mac } = parseConfig(withMac({ ladder })).pools;
    const { paidMs, hostSlackMs } = standardLimits;
    expect(mac && hostMinutes(mac) * 60_000).toBe(paidMs + hostSlackMs);
  });
});

describe('a daily limit', () => {
  const ways = "raise that, or lower the pool's jobLimitMinutes, or maxUsdPerHour";
  const cost = 'pools.gpu.ladder[0]: one builder may cost 1.05 USD (0.526 USD an hour for 120 minutes), and';

  it('pays for one builder of each rung', () => {
    expect(problems(pool)).toEqual([]);
    expect(problems(pool, { all: 1.06, open: 1.06 })).toEqual([]);
  });

  it('of the installation that does not is refused', () => {
    expect(problems(pool, { all: 1 })).toEqual([`${cost} maxUsdPerDay is 1; ${ways}`]);
  });

  it('of a project that does not is refused, the tightest one', () => {
    expect(problems(pool, { open: 1, all: 1.01 })).toEqual([
      `${cost} projects.open.maxUsdPerDay is 1; ${ways}`,
    ]);
  });

  it('does not bind pools that the project has not', () => {
    const film = { ...projects.film, pools: ['mac'], maxUsdPerDay: 0 };
    expect(problemsOf({ ...withPool(pool), projects: { ...withPool(pool).projects, film } })).toEqual([]);
  });

  it('counts the dearest that a rung may get, and each rung', () => {
    const ladder = [ec2, { provider: 'ec2', types: ['g4dn.xlarge', 'p4d.24xlarge'] }];
    expect(problems({ ...pool, ladder })).toEqual([
      'pools.gpu.ladder[1]: one builder may cost 43.92 USD (21.957642 USD an hour for 120 minutes), ' +
        `and projects.film.maxUsdPerDay is 20; ${ways}`,
    ]);
  });

  it('counts builds of CodeBuild as well', () => {
    const ladder = [{ provider: 'codebuild', size: '2xlarge' }];
    expect(problems({ ladder, jobLimitMinutes: 280 })).toEqual([
      'pools.gpu.ladder[0]: one builder may cost 75.00 USD (15 USD an hour for 300 minutes), ' +
        "and projects.film.maxUsdPerDay is 20; raise that, or lower the pool's jobLimitMinutes",
    ]);
  });

  it('pays for five days of EC2 if it may', () => {
    const long = { ladder: [ec2], jobLimitMinutes: 7200 };
    expect(problemsOf(withPool(long))).toEqual([]);
    expect(problems(long)).toHaveLength(1);
  });

  it('is a sum of money', () => {
    expect(problems(pool, { all: -1 })).toEqual([
      'maxUsdPerDay: -1 is refused; give US dollars for a day, from 0 to 1000000',
    ]);
  });
});
