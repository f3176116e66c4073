// Rungs of CodeBuild: what is filled in, what is refused and why, and what they mean for time and money.
import { describe, expect, it } from 'vitest';
import { inTheCloud, onThisComputer, termsOf } from '../../shared/policy/ladder.ts';
import { buildMinutes } from '../../shared/policy/rungs.ts';
import { parseConfig } from '../../shared/policy/schema.ts';
import { problemsOf, withPool } from './sample.ts';

const build = { provider: 'codebuild', size: 'large' } as const;
const gpu = { ...build, gpu: true, image: 'aswf/ci-ocio:2025', usdPerMinute: 0.6 };

const ladderOf = (changes: object) => parseConfig(withPool(changes)).pools.gpu?.ladder ?? [];

describe('a rung of CodeBuild', () => {
  it('needs a size only: the rest has a default', () => {
    expect(ladderOf({ ladder: [build] })).toEqual([
      { ...build, gpu: false, image: 'aws/codebuild/standard:7.0', patienceMinutes: 15 },
    ]);
  });

  it('has an image of its architecture', () => {
    const [rung] = ladderOf({ arch: 'arm64', ladder: [build] });
    expect(rung).toMatchObject({ image: 'aws/codebuild/amazonlinux-aarch64-standard:3.0' });
  });

  it('may say everything itself', () => {
    const whole = { ...gpu, user: 'aswfuser', patienceMinutes: 480 };
    expect(ladderOf({ containers: false, ladder: [whole, { ...gpu, size: 'small' }] })).toHaveLength(2);
  });

  it.each([
    [
      { ...build, size: 'huge' },
      "size: 'huge' is refused; write 'small' or 'medium' or 'large' or 'xlarge' or '2xlarge'",
    ],
    [
      { ...build, patienceMinutes: 4 },
      'patienceMinutes: 4 is refused; give a whole number of minutes from 5 to 480',
    ],
    [
      { ...build, patienceMinutes: 481 },
      'patienceMinutes: 481 is refused; give a whole number of minutes from 5 to 480',
    ],
    [
      { ...build, image: 'a b' },
      "image: 'a b' is refused; name an image, such as 'aws/codebuild/standard:7.0' or 'aswf/ci-ocio:2025'",
    ],
    [{ ...build, user: 'Root!' }, "user: 'Root!' is refused; name a user that the image has"],
    [
      { ...build, usdPerMinute: -1 },
      'usdPerMinute: -1 is refused; give US dollars for a minute, from 0 to 10',
    ],
    [
      { ...build, size: 'xlarge' },
      'usdPerMinute: is missing; no price is known for this size, give that of your region',
    ],
  ])('is refused as %j', (rung, problem) => {
    expect(problemsOf(withPool({ ladder: [rung] }))).toEqual([`pools.gpu.ladder[0].${problem}`]);
  });

  it('has a size that no other rung of its pool has, since projects are named by it', () => {
    expect(problemsOf(withPool({ ladder: [build, { ...build, image: 'rockylinux:9' }] }))).toEqual([
      "pools.gpu.ladder[1].size: 'large' is also ladder[0]; give each rung its own size",
    ]);
  });

  it.each([
    ['another system', { os: 'windows' }, ': CodeBuild builders are Linux, the pool is windows; remove it'],
    [
      'a job limit beyond 36 hours',
      { jobLimitMinutes: 2141 },
      ": a build lasts 36 hours at most; lower the pool's jobLimitMinutes to 2140",
    ],
  ])('does not stand in a pool of %s', (_, changes, problem) => {
    expect(problemsOf(withPool({ ...changes, ladder: [build] }))).toEqual([`pools.gpu.ladder[0]${problem}`]);
  });
});

describe('a rung with a GPU', () => {
  const refused = (changes: object, rung: object) =>
    problemsOf(withPool({ containers: false, ...changes, ladder: [rung] }));

  it.each([
    [
      'in a pool with containers',
      { containers: true },
      gpu,
      'gpu: jobs cannot use containers there; write containers: false in the pool',
    ],
    ['on ARM', { arch: 'arm64' }, gpu, "gpu: CodeBuild's GPUs are x64; remove the rung"],
    [
      'of a size that CodeBuild does not have',
      {},
      { ...gpu, size: 'medium' },
      "size: CodeBuild has GPUs in the sizes 'small' and 'large' only; take one of them",
    ],
    [
      'without an image',
      {},
      { ...gpu, image: undefined },
      "image: is missing; a GPU needs an image with CUDA, such as 'aswf/ci-ocio:2025'",
    ],
    [
      'without a price',
      {},
      { ...gpu, usdPerMinute: undefined },
      'usdPerMinute: is missing; no price is known for this size, give that of your region',
    ],
  ])('is refused %s', (_, changes, rung, problem) => {
    expect(refused(changes, rung)).toEqual([`pools.gpu.ladder[0].${problem}`]);
  });
});

describe('what a ladder means', () => {
  const config = parseConfig(
    withPool({ containers: false, ladder: [{ provider: 'local' }, build, { ...gpu, size: 'small' }] }),
  );

  it('is a price for an hour and the patience of each rung', () => {
    expect([0, 1, 2, 3].map((rung) => termsOf(config, 'gpu', rung))).toEqual([
      { usdPerHour: 0 },
      { usdPerHour: 1.2, queueMs: 900_000 },
      { usdPerHour: 36, queueMs: 900_000 },
      { usdPerHour: 0 },
    ]);
    expect(termsOf(config, 'gone', 0)).toEqual({ usdPerHour: 0 });
  });

  it('is local on one computer, and never local in the cloud', () => {
    expect(onThisComputer(config).pools.gpu?.ladder).toEqual([{ provider: 'local' }]);
    expect(inTheCloud(config).pools.gpu?.ladder).toEqual(config.pools.gpu?.ladder.slice(1));
    expect(inTheCloud(config).pools.mac?.ladder).toEqual([]);
  });

  it('is a time after which CodeBuild ends a build by itself: later than the rules would', () => {
    const pool = parseConfig(withPool({ jobLimitMinutes: 60 })).pools.gpu;
    expect(pool && buildMinutes(pool)).toBe(80);
    const longest = parseConfig(withPool({ jobLimitMinutes: 7200 })).pools.gpu;
    expect(longest && buildMinutes(longest)).toBe(2160);
  });
});
