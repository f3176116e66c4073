// Rungs of EC2: what is filled in, and what is refused, each with its place and its remedy.
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../shared/policy/schema.ts';
import { problemsOf, withPool } from './sample.ts';

const ec2 = { provider: 'ec2', maxUsdPerHour: 1 } as const;
const spot = { ...ec2, market: 'spot' } as const;
const regions = { 'us-east-1': {}, 'eu-west-1': {} };
const ofPool = (changes: object) => ({ jobLimitMinutes: 60, ladder: [ec2], ...changes });
const problems = (pool: object, others: object = {}) => problemsOf({ ...withPool(ofPool(pool)), ...others });
const refused = (rung: object, pool: object = {}) => problems({ ladder: [{ ...ec2, ...rung }], ...pool });
const rungsOf = (...ladder: object[]) => parseConfig(withPool(ofPool({ ladder }))).pools.gpu?.ladder;

describe('what an admin leaves out of a rung', () => {
  const needs = { gpus: 1, vendor: 'nvidia', fraction: false, optix: false, egl: false, vulkan: false };

  it('has a default: one GPU of NVIDIA, on demand, in the home region', () => {
    expect(rungsOf({ provider: 'ec2' })).toEqual([
      { provider: 'ec2', market: 'on-demand', region: 'us-east-1', needs, patienceMinutes: 0 },
    ]);
  });

  it('is what the named types say by themselves', () => {
    const named = (...types: string[]) => ({ provider: 'ec2', types });
    const none = { ...needs, gpus: 0 };
    expect(rungsOf(named('c7i.large', 'm7i.large'))).toMatchObject([{ needs: none }]);
    expect(rungsOf(named('g4dn.xlarge'))).toMatchObject([{ needs }]);
    const said = { ...named('g4dn.12xlarge'), needs: { gpus: 4 } };
    expect(rungsOf(said)).toMatchObject([{ needs: { ...needs, gpus: 4 } }]);
  });
});

describe('a rung is refused', () => {
  it.each<[string, object, object, string]>([
    [
      'on another system',
      {},
      { os: 'windows' },
      ': machines of EC2 are Linux, the pool is windows; remove it',
    ],
    [
      'in no region',
      { region: 'eu-west-1' },
      {},
      ".region: 'eu-west-1' is not in aws.regions; did you mean 'us-east-1'?",
    ],
    [
      'of a strange type',
      { types: ['g4dm.xlarge'] },
      {},
      ".types[0]: 'g4dm.xlarge' is no instance type that is known here; did you mean 'g4dn.xlarge'?",
    ],
    [
      'of a type twice',
      { types: ['g4dn.xlarge', 'g4dn.xlarge'] },
      {},
      ".types[1]: 'g4dn.xlarge' is named twice; name it once",
    ],
    [
      'of another architecture',
      { types: ['g5g.xlarge'] },
      {},
      ".types[0]: 'g5g.xlarge' is arm64; change the pool's arch, or remove the type",
    ],
    [
      'of types with and without GPUs',
      { types: ['g4dn.xlarge', 'c7i.large'] },
      {},
      ".types[1]: 'c7i.large' has no GPU; change needs.gpus, or remove the type",
    ],
    [
      'of a part of a GPU',
      { types: ['g6f.large'] },
      {},
      ".types[0]: 'g6f.large' has part of L4; write fraction: true in needs, or remove the type",
    ],
    [
      'of a part without its driver',
      { needs: { fraction: true } },
      {},
      '.needs.fraction: the image lacks the grid driver, which parts of GPUs take; ' +
        "name an image that has it, with drivers: ['grid'], or leave this out",
    ],
    [
      "of AMD with AWS's image",
      { types: ['g4ad.xlarge'] },
      {},
      ".types[0]: 'g4ad.xlarge' has Radeon Pro V520, which the image has no driver for; " +
        "name an image that has one, and its drivers (fractions of GPUs take 'grid'), or remove the type",
    ],
    [
      'with too little memory of the GPU',
      { types: ['g4dn.xlarge'], needs: { vramGiB: 22 } },
      {},
      ".types[0]: 'g4dn.xlarge' has 16 GiB; lower needs.vramGiB, or remove the type",
    ],
    [
      'with another capability',
      { types: ['g6.xlarge'], needs: { computeCapability: ['8.6'] } },
      {},
      ".types[0]: 'g6.xlarge' has 8.9; change needs.computeCapability, or remove the type",
    ],
    [
      'above its ceiling',
      { types: ['g4dn.xlarge', 'g5.xlarge'] },
      {},
      '.types: g5.xlarge costs 1.006 USD an hour in us-east-1; raise maxUsdPerHour, or remove the type',
    ],
    [
      'below all prices',
      { maxUsdPerHour: 0.5 },
      {},
      '.maxUsdPerHour: g4dn.xlarge costs 0.526 USD an hour in us-east-1, ' +
        'and nothing that fits costs less; raise it',
    ],
    [
      'with needs of GPUs it has not',
      { needs: { gpus: 0, optix: true, vramGiB: 16 } },
      {},
      '.needs: a machine without GPUs has no vramGiB, optix; remove that',
    ],
    [
      'with needs that nothing has',
      { needs: { vramGiB: 100, optix: true } },
      {},
      '.needs: no instance type fits; the cheapest that lack one thing: ' +
        'g4dn.xlarge has 16 GiB (lower needs.vramGiB), ' +
        'p5en.48xlarge has H200, without ray tracing cores for OptiX (leave needs.optix out)',
    ],
    [
      'with needs that nothing is near',
      { needs: { vCpus: 900, gpus: 16 } },
      {},
      '.needs: no instance type fits; ask for less',
    ],
    [
      'with a price below nothing',
      { maxUsdPerHour: -1 },
      {},
      '.maxUsdPerHour: -1 is refused; give US dollars for an hour, from 0 to 1000',
    ],
    [
      'with much patience',
      { patienceMinutes: 1441 },
      {},
      '.patienceMinutes: 1441 is refused; give a whole number of minutes from 0 to 1440',
    ],
    [
      'with a capability in words',
      { needs: { computeCapability: 8.6 } },
      {},
      '.needs.computeCapability: 8.6 is refused; give a list of compute capabilities, ' +
        "such as ['7.5', '8.6'], or the least, such as '8.0'",
    ],
    [
      'with a strange need',
      { needs: { vram: 16 } },
      {},
      ".needs: unknown key 'vram'; did you mean 'vramGiB'?",
    ],
  ])('%s', (_, rung, pool, problem) => {
    expect(refused(rung, pool)).toEqual([`pools.gpu.ladder[0]${problem}`]);
  });

  it('without a place where machines start', () => {
    const remedy = "nothing says where machines start; write aws: { region: 'us-east-1' }";
    expect(problems({}, { aws: undefined })).toEqual([`pools.gpu.ladder[0]: ${remedy}`]);
  });

  it('only for what is wrong with the place, while that cannot be read', () => {
    expect(problems({}, { aws: { region: 'Virginia' } })).toEqual([
      "aws.region: 'Virginia' is refused; name a region of AWS, such as 'us-east-1'",
    ]);
  });

  it('when it asks for the same as another', () => {
    const same = { ...ec2, needs: { vulkan: true, gpus: 1 }, patienceMinutes: 3 };
    const other = { ...ec2, needs: { gpus: 1, vulkan: true }, region: 'us-east-1' };
    expect(problems({ ladder: [same, spot, other] })).toEqual([
      'pools.gpu.ladder[2]: asks for the same as ladder[0]; remove one of them',
    ]);
    const types = ['g4dn.xlarge', 'g6.xlarge'];
    const turned = { ...ec2, types: [...types].reverse() };
    expect(problems({ ladder: [{ ...ec2, types }, turned] })).toHaveLength(1);
    expect(problems({ ladder: [ec2, spot, { ...ec2, needs: { gpus: 0 } }] })).toEqual([]);
  });
});

describe('what its machines give to jobs is for trusted pools', () => {
  const rule = 'every job could use its credentials; write trustedOnly: true in the pool';
  const vpc = { id: 'vpc-0123456789abcdef0', subnets: { 'eu-west-1a': 'subnet-0123456789abcdef0' } };
  const abroad = { aws: { region: 'us-east-1', regions: { ...regions, 'eu-west-1': { vpc } } } };
  const trusted = { trustedOnly: true };
  const closed = {
    projects: { film: { repositories: ['acme/film'], pools: ['gpu', 'mac', 'win-gpu'], maxUsdPerDay: 1000 } },
  };

  it.each<[string, object, object, string]>([
    ['a profile', { machine: { instanceProfile: 'renderer' } }, {}, `machine.instanceProfile: ${rule}`],
    [
      'shells',
      { machine: { sessionManager: true } },
      {},
      `machine.sessionManager: takes a profile, and ${rule}`,
    ],
    [
      'a network',
      { ladder: [{ ...ec2, region: 'eu-west-1' }] },
      abroad,
      "ladder[0].region: 'eu-west-1' has a VPC of yours, and jobs reach what is in it; " +
        'write trustedOnly: true in the pool',
    ],
  ])('%s', (_, pool, others, problem) => {
    expect(problems(pool, others)).toEqual([`pools.gpu.${problem}`]);
    expect(problems({ ...pool, ...trusted }, { ...closed, ...others })).toEqual([]);
  });
});

describe('the images of a pool', () => {
  const ids = { 'us-east-1': 'ami-0123456789abcdef0' };
  const abroad = { aws: { region: 'us-east-1', regions } };
  const ladder = [ec2, { ...ec2, region: 'eu-west-1' }];

  it('are known in each region that it uses', () => {
    expect(problems({ ladder, machine: { image: { ids } } }, abroad)).toEqual([
      "pools.gpu.machine.image.ids: lacks 'eu-west-1', which ladder[1] uses; add the image's id there",
    ]);
    const both = { ...ids, 'eu-west-1': 'ami-0123456789abcdef1' };
    expect(problems({ ladder, machine: { image: { ids: both } } }, abroad)).toEqual([]);
    expect(problems({ ladder, machine: { image: { parameter: '/images/gpu' } } }, abroad)).toEqual([]);
  });

  it('are built under the name that the pool gives', () => {
    const image = { parameter: '/imagebuilder/callsheet/test/rocky', user: 'rocky' };
    const built = (images: object) =>
      problems({ machine: { image } }, { aws: { region: 'us-east-1', images } });
    const place = 'pools.gpu.machine.image.parameter';
    expect(built({ rocky9: {} })).toEqual([`${place}: 'rocky' is not in aws.images; did you mean 'rocky9'?`]);
    expect(built({})).toEqual([`${place}: 'rocky' is not in aws.images; describe it there`]);
    expect(built({ rocky: {} })).toEqual([]);
  });

  it.each<[unknown, string]>([
    [
      'ami-1',
      ": 'ami-1' is refused; write { ids: { 'us-east-1': 'ami-…' } }, { parameter: '/…' } " +
        "or { name: '…', owner: '…' }",
    ],
    [
      { ids: { 'us-east-1': 'x' } },
      ".ids.us-east-1: 'x' is refused; give the id of an image, such as 'ami-0123456789abcdef0'",
    ],
    [{ parameter: 'x' }, ".parameter: 'x' is refused; name a parameter of SSM, beginning with a slash"],
    [{ name: 'Rocky-9*' }, ".owner: is missing; give the owner's account: 12 digits, or 'amazon'"],
    [{ parameter: '/x', usr: 'root' }, ": unknown key 'usr'; did you mean 'user'?"],
  ])('are named in one way: %j', (image, problem) => {
    expect(problems({ machine: { image } })).toEqual([`pools.gpu.machine.image${problem}`]);
  });
});

describe('runs that lost a machine', () => {
  it('can only have lost it on spot, and run again elsewhere', () => {
    expect(problems({ rerunLost: 1 })).toEqual([
      'pools.gpu.rerunLost: no rung is spot, so that no machine is taken back; remove it',
    ]);
    expect(problems({ rerunLost: 1, ladder: [spot] })).toEqual([
      'pools.gpu.rerunLost: jobs are not run again on spot, and all rungs are; add one that is on demand',
    ]);
    expect(problems({ rerunLost: 1, ladder: [spot, ec2] })).toEqual([]);
  });
});
