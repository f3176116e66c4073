// Rungs of Macs that are refused: each with its place and its remedy.
import { describe, expect, it } from 'vitest';
import { problemsOf, withMac } from './sample.ts';

const mac = { provider: 'mac' } as const;
const problems = (pool: object, others: object = {}) =>
  problemsOf({ ...withMac({ ladder: [mac], ...pool }), ...others });
const refused = (rung: object, pool: object = {}) => problems({ ladder: [{ ...mac, ...rung }], ...pool });

const vpc = { id: 'vpc-0123456789abcdef0', subnets: { 'us-east-1a': 'subnet-0123456789abcdef0' } };
const images = { ids: { 'us-east-1': 'ami-0123456789abcdef0' } };
const open = { trustedOnly: false };

describe('a rung of Macs is refused', () => {
  it.each<[string, object, object, string]>([
    ['on another system', {}, { os: 'linux' }, ': Macs run macOS, the pool is linux; remove it'],
    [
      'in no region',
      { region: 'us-east-2' },
      {},
      ".region: 'us-east-2' is not in aws.regions; did you mean 'us-east-1'?",
    ],
    [
      'in a strange zone',
      { zones: ['us-east-1a', 'us-east-1c'] },
      {},
      ".zones[1]: 'us-east-1c' is not in aws.regions.us-east-1.zones; did you mean 'us-east-1a'?",
    ],
    [
      'in a zone twice',
      { zones: ['us-east-1a', 'us-east-1a'] },
      {},
      ".zones[1]: 'us-east-1a' is named twice; name it once",
    ],
    [
      'of a strange family',
      { families: ['mac2-m4'] },
      {},
      ".families[0]: 'mac2-m4' is refused; write one of mac2 (M1), mac2-m2 (M2), mac-m4 (M4), " +
        'mac1 (Intel), mac2-m2pro (M2 Pro), mac2-m1ultra (M1 Ultra), mac-m4pro (M4 Pro), ' +
        'mac-m4max (M4 Max), mac-m3ultra (M3 Ultra)',
    ],
    [
      'of a family twice',
      { families: ['mac2', 'mac-m4', 'mac2'] },
      {},
      ".families[2]: 'mac2' is named twice; name it once",
    ],
    [
      'of another architecture',
      { families: ['mac2', 'mac1'] },
      {},
      ".families[1]: 'mac1' is x64; change the pool's arch, or remove it",
    ],
    [
      'of Macs that are newer than macOS',
      { families: ['mac2', 'mac-m4'], macos: 'sonoma' },
      {},
      ".families[1]: 'mac-m4' runs sequoia and tahoe, not sonoma; change macos, or remove it",
    ],
    [
      'with a macOS that no Mac of the architecture runs',
      { macos: 'tahoe' },
      { arch: 'x64' },
      '.macos: no Mac that is x64 runs tahoe; write an older version',
    ],
    [
      'with a strange macOS',
      { macos: 'sequoja' },
      {},
      ".macos: 'sequoja' is refused; did you mean 'sequoia'?",
    ],
    [
      'with a wipe between strangers',
      { reset: 'replace-root' },
      open,
      ".reset: 'replace-root' leaves the internal disk as a job left it; " +
        "write trustedOnly: true in the pool, or 'relaunch'",
    ],
    [
      'with a wipe after the only job',
      { reset: 'replace-root', paidDay: 'one-job' },
      {},
      ".reset: a host that serves a single job resets nothing; remove it, or paidDay: 'one-job'",
    ],
    [
      'that keeps hosts for nothing',
      { afterwards: 'keep', paidDay: 'one-job' },
      {},
      '.afterwards: a host that has served its single job would be kept for nothing; remove it',
    ],
    [
      "with windows on AWS's image",
      { windowServer: true },
      {},
      ".windowServer: AWS's image logs nobody in; make one that does (npm run mac-image), " +
        'and name it in pools.mac.machine.image',
    ],
    [
      'with a long wait',
      { waitMinutes: 1441 },
      {},
      '.waitMinutes: 1441 is refused; give a whole number of minutes from 0 to 1440',
    ],
    [
      'with half a minute',
      { stayMinutes: 0.5 },
      {},
      '.stayMinutes: 0.5 is refused; give a whole number of minutes from 0 to 1440',
    ],
    [
      'with a misspelt setting',
      { waitMinuets: 5 },
      {},
      ": unknown key 'waitMinuets'; did you mean 'waitMinutes'?",
    ],
  ])('%s', (_, rung, pool, problem) => {
    expect(refused(rung, pool)).toEqual([`pools.mac.ladder[0]${problem}`]);
  });

  it('without a place where hosts are', () => {
    expect(problems({}, { aws: undefined })).toEqual([
      "pools.mac.ladder[0]: nothing says where machines start; write aws: { region: 'us-east-1' }",
    ]);
  });

  it('in a network of yours, unless its jobs are trusted', () => {
    const aws = { region: 'us-east-1', regions: { 'us-east-1': { vpc } } };
    expect(problems({}, { aws })).toEqual([]);
    expect(problems(open, { aws })).toEqual([
      "pools.mac.ladder[0].region: 'us-east-1' has a VPC of yours, and jobs reach what is in it; " +
        'write trustedOnly: true in the pool',
    ]);
  });
});

describe('a family that is named otherwise', () => {
  it.each([
    ['M1', 'mac2'],
    ['M2', 'mac2-m2'],
    ['m4', 'mac-m4'],
    ['Intel', 'mac1'],
    ['Apple M2 Pro', 'mac2-m2pro'],
    ['mac2.metal', 'mac2'],
    ['mac-m4max.metal', 'mac-m4max'],
    ['MAC1', 'mac1'],
  ])("%s: did you mean '%s'?", (named, meant) => {
    expect(refused({ families: [named] })).toEqual([
      `pools.mac.ladder[0].families[0]: '${named}' is refused; did you mean '${meant}'?`,
    ]);
  });

  it.each(['M3', 'mac', 'mac3', 'mac2-m2por', ''])("'%s' is none that can be guessed", (named) => {
    expect(refused({ families: [named] })).toEqual([
      expect.stringContaining('is refused; write one of mac2 (M1), '),
    ]);
  });
});

describe('a pool of Macs', () => {
  it('has one rung of them, and beside it nothing but local', () => {
    expect(problems({ ladder: [mac, { provider: 'local' }] })).toEqual([]);
    expect(problems({ ladder: [{ provider: 'local' }, mac, { ...mac, families: ['mac2'] }] })).toEqual([
      'pools.mac.ladder[2]: a pool has one rung of Macs, which is ladder[1]; ' +
        'put its families and zones there',
    ]);
    expect(
      problems({ ladder: [mac, { provider: 'ec2' }, { provider: 'codebuild', size: 'large' }] }),
    ).toEqual([
      'pools.mac.ladder[2]: CodeBuild builders are Linux, the pool is macos; remove it',
      'pools.mac.ladder[1]: machines of EC2 are Linux, the pool is macos; remove it',
    ]);
  });

  it('has no containers, nor has any pool on macOS', () => {
    const problem = 'pools.mac.containers: jobs on macOS cannot use containers; write false, or leave it out';
    expect(problems({ containers: true })).toEqual([problem]);
    expect(problems({ containers: true, ladder: [{ provider: 'local' }] })).toEqual([problem]);
    expect(problems({ containers: false })).toEqual([]);
  });

  it('has disks that macOS fits on', () => {
    expect(problems({ machine: { diskGiB: 60 } })).toEqual([]);
    expect(problems({ machine: { diskGiB: 59 } })).toEqual([
      'pools.mac.machine.diskGiB: 59 is too little for macOS; give at least 60',
    ]);
  });

  it('has time to boot', () => {
    expect(problems({ bootLimitMinutes: 25 })).toEqual([]);
    expect(problems({ bootLimitMinutes: 24 })).toEqual([
      'pools.mac.bootLimitMinutes: 24 is too little, a Mac boots for 6 to 20 minutes; ' +
        'give at least 25, or leave it out',
    ]);
    expect(problems({ bootLimitMinutes: 1, ladder: [{ provider: 'local' }] })).toEqual([]);
  });

  it.each<[string, object, object, string]>([
    ['sequoia/arm64_mac/15.7/image_id', {}, {}, ''],
    ['sonoma/x86_64_mac/latest/image_id', { macos: 'sonoma' }, { arch: 'x64' }, ''],
    ['sonoma/arm64_mac/latest/image_id', {}, {}, 'of sequoia for Macs that are arm64'],
    ['sequoia/x86_64_mac/latest/image_id', {}, {}, 'of sequoia for Macs that are arm64'],
  ])("has AWS's image of its macOS and architecture: %s", (image, rung, pool, not) => {
    const parameter = `/aws/service/ec2-macos/${image}`;
    const problem =
      `pools.mac.machine.image.parameter: '${parameter}' is not ${not}; ` +
      'remove it, or name one that begins with /aws/service/ec2-macos/sequoia/arm64_mac/';
    const machine = { image: { parameter } };
    expect(refused(rung, { ...pool, machine })).toEqual(not === '' ? [] : [problem]);
  });

  it.each([
    '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64',
    '/aws/service/deeplearning/ami/arm64/base-oss-nvidia-driver-gpu-ubuntu-22.04/latest/ami-id',
    '/imagebuilder/callsheet/film/rocky',
  ])('has an image of macOS: not %s', (parameter) => {
    expect(problems({ machine: { image: { parameter } } })).toEqual([
      `pools.mac.machine.image.parameter: '${parameter}' is not an image of macOS; ` +
        'remove it, or name one that begins with /aws/service/ec2-macos/sequoia/arm64_mac/',
    ]);
    expect(problems({ machine: { image: { parameter: '/studio/mac' } } })).toEqual([]);
  });

  it('has its own image in its region, on which windows may open', () => {
    const ladder = [{ ...mac, windowServer: true }];
    expect(problems({ ladder, machine: { image: images } })).toEqual([]);
    const elsewhere = { ids: { 'eu-west-1': 'ami-0123456789abcdef0' } };
    expect(problems({ ladder, machine: { image: elsewhere } })).toEqual([
      "pools.mac.machine.image.ids: lacks 'us-east-1', which ladder[0] uses; add the image's id there",
    ]);
  });

  it('serves forks only where each job gets a Mac that was cleaned', () => {
    const { projects } = withMac({});
    const forks = { projects: { ...projects, film: { ...projects.film, forks: 'github-approved' } } };
    expect(problems(open, forks)).toEqual([]);
    expect(problems({}, forks)).toEqual([
      "projects.film.pools[1]: pool 'mac' is trustedOnly, and the project serves forks; " +
        "remove the pool here, or write forks: 'never'",
    ]);
  });
});
