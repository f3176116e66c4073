// What needs mean: golden rows of the types that a rung asks for, cheapest first; zones, prices and promises.
import { describe, expect, it } from 'vitest';
import { gpuPromise } from '../../shared/contract/machine.ts';
import { offeringKey } from '../../shared/contract/offerings.ts';
import type { Needs } from '../../shared/policy/config.ts';
import { instanceTypes } from '../../shared/policy/instances.ts';
import { termsOf } from '../../shared/policy/ladder.ts';
import { offeringsOf, promiseOf, typesFor } from '../../shared/policy/offerings.ts';
import { parseConfig } from '../../shared/policy/schema.ts';
import { withPool } from './sample.ts';

/** The configuration whose pool `gpu` has this one rung. */
const configOf = (rung: object, pool: object = {}, aws: object = {}) =>
  parseConfig({
    ...withPool({ ladder: [{ provider: 'ec2', ...rung }], jobLimitMinutes: 30, ...pool }),
    aws: { region: 'us-east-1', ...aws },
  });

const offerings = (...args: Parameters<typeof configOf>) => offeringsOf(configOf(...args), 'gpu', 0);

/** The types that the rung asks for, in order. */
const asked = (...args: Parameters<typeof configOf>): string =>
  [...new Set(offerings(...args).map(({ type }) => type))].join(' ');

const rungOf = (...args: Parameters<typeof configOf>) => {
  const pool = configOf(...args).pools.gpu;
  const rung = pool?.ladder[0];
  if (!pool || rung?.provider !== 'ec2') throw new Error('no rung of EC2');
  return { pool, rung };
};

/** All types that fit, whatever they cost. */
const fitting = (needs: Partial<Needs>, pool: object = {}): string[] => {
  const { pool: settings, rung } = rungOf({ needs, maxUsdPerHour: 1000 }, pool);
  return typesFor(settings, rung).map(({ type }) => type);
};

const families = (types: string[]): string =>
  [...new Set(types.map((type) => type.split('.')[0]))].sort().join(' ');

const grid = { machine: { image: { parameter: '/images/grid', drivers: ['grid', 'datacenter'] } } };
const amd = { machine: { image: { parameter: '/images/amd' } } };
const arm = { arch: 'arm64' };

describe('needs give types, cheapest first', () => {
  const t4Class = 'g4dn.xlarge g4dn.2xlarge g6.xlarge g6.2xlarge g5.xlarge';

  it.each<[string, object, string]>([
    ['nothing', {}, `${t4Class} g4dn.4xlarge g5.2xlarge g6.4xlarge gr6.4xlarge`],
    ['a ceiling', { maxUsdPerHour: 1.006 }, t4Class],
    ['a low ceiling', { maxUsdPerHour: 0.6 }, 'g4dn.xlarge'],
    ['VRAM', { needs: { vramGiB: 22 }, maxUsdPerHour: 1.1 }, 'g6.xlarge g6.2xlarge g5.xlarge'],
    [
      'much VRAM',
      { needs: { vramGiB: 44 }, maxUsdPerHour: 3.4 },
      'g6e.xlarge g6e.2xlarge g6e.4xlarge g7e.2xlarge',
    ],
    ['a capability', { needs: { computeCapability: ['8.6'] }, maxUsdPerHour: 1.3 }, 'g5.xlarge g5.2xlarge'],
    [
      'two',
      { needs: { computeCapability: ['7.5', '8.6'] }, maxUsdPerHour: 1.1 },
      'g4dn.xlarge g4dn.2xlarge g5.xlarge',
    ],
    [
      'at least one',
      { needs: { computeCapability: '8.9' }, maxUsdPerHour: 1.5 },
      'g6.xlarge g6.2xlarge g6.4xlarge',
    ],
    ['the newest', { needs: { computeCapability: '10.0' }, maxUsdPerHour: 3.1 }, 'g7.2xlarge g7.4xlarge'],
    ['four GPUs', { needs: { gpus: 4 }, maxUsdPerHour: 6 }, 'g4dn.12xlarge g6.12xlarge g5.12xlarge'],
    ['eight GPUs', { needs: { gpus: 8 }, maxUsdPerHour: 20 }, 'g6.48xlarge g5.48xlarge'],
    ['vCPUs', { needs: { vCpus: 8 }, maxUsdPerHour: 1 }, 'g4dn.2xlarge g6.2xlarge'],
    ['memory', { needs: { memoryGiB: 100 }, maxUsdPerHour: 2.1 }, 'gr6.4xlarge g6.8xlarge'],
    ['disks', { needs: { localDiskGB: 440 }, maxUsdPerHour: 1.3 }, 'g6.2xlarge g5.2xlarge'],
    [
      'no GPU',
      { needs: { gpus: 0, vCpus: 16, memoryGiB: 64 }, maxUsdPerHour: 0.85 },
      'm7i.4xlarge m8i.4xlarge',
    ],
    [
      'no GPU, disks',
      { needs: { gpus: 0, localDiskGB: 900 }, maxUsdPerHour: 1 },
      'c6id.4xlarge m6id.4xlarge',
    ],
    [
      'names',
      { types: ['g6.xlarge', 'g4dn.12xlarge', 'g4dn.xlarge'] },
      'g4dn.xlarge g6.xlarge g4dn.12xlarge',
    ],
    ['a name without GPUs', { types: ['c7i.8xlarge'] }, 'c7i.8xlarge'],
  ])('%s', (_, rung, types) => {
    expect(asked(rung)).toBe(types);
  });

  it.each<[string, object, object, string]>([
    ['ARM', {}, arm, 'g5g.xlarge g5g.2xlarge g5g.4xlarge'],
    ['ARM without GPUs', { needs: { gpus: 0, vCpus: 64 }, maxUsdPerHour: 2.5 }, arm, 'c7g.16xlarge'],
    [
      'a part of a GPU',
      { needs: { fraction: true }, maxUsdPerHour: 0.53 },
      grid,
      'g6f.large g6f.xlarge g6f.2xlarge g4dn.xlarge',
    ],
    [
      'a large part',
      { needs: { fraction: true, vramGiB: 11 }, maxUsdPerHour: 1 },
      grid,
      'g4dn.xlarge g4dn.2xlarge g6.xlarge g6f.4xlarge g6.2xlarge',
    ],
    ['whole GPUs of the same image', { maxUsdPerHour: 0.53 }, grid, 'g4dn.xlarge'],
    [
      'GPUs of AMD',
      { needs: { vendor: 'amd', vulkan: true }, maxUsdPerHour: 0.6 },
      amd,
      'g4ad.xlarge g4ad.2xlarge',
    ],
    ['GPUs of AMD by name', { types: ['g4ad.xlarge'] }, amd, 'g4ad.xlarge'],
  ])('%s', (_, rung, pool, types) => {
    expect(asked(rung, pool)).toBe(types);
  });
});

describe('what must be left out is', () => {
  const rt = 'g4dn g5 g6 g6e g7 g7e gr6';

  it.each<[string, Partial<Needs>, object, string]>([
    ['OptiX takes ray tracing cores: no family of P', { optix: true }, {}, rt],
    ['EGL takes graphics', { egl: true }, {}, rt],
    ['and so does Vulkan', { vulkan: true }, {}, rt],
    ['parts of GPUs unless they may be', { optix: true }, grid, rt],
    ['CUDA alone runs everywhere', {}, {}, `${rt} p4d p4de p5 p5en p6-b200 p6-b300`],
    ['AMD has no CUDA', { vendor: 'amd' }, amd, 'g4ad'],
    ['an image of yours may drive V100', { computeCapability: ['7.0'] }, amd, 'p3 p3dn'],
    ['GPUs of ARM run CUDA', {}, arm, 'g5g'],
  ])('%s', (_, needs, pool, expected) => {
    expect(families(fitting(needs, pool))).toBe(expected);
  });

  it('the driver of most images serves no part of a GPU', () => {
    const { pool, rung } = rungOf({ needs: { fraction: true, optix: true } }, grid);
    const { machine } = rungOf({}).pool;
    expect(families(typesFor({ ...pool, machine }, rung).map(({ type }) => type))).toBe(rt);
  });

  it('the driver for grids serves no family of P', () => {
    const only = { machine: { image: { parameter: '/images/grid', drivers: ['grid'] } } };
    expect(families(fitting({}, only))).toBe(rt);
    expect(families(fitting({ fraction: true }, only))).toBe('g4dn g5 g6 g6e g6f g7 g7e gr6 gr6f');
  });
});

describe('an offering', () => {
  it('is a type in a zone and market, at the price of its region', () => {
    const rung = { market: 'spot', region: 'eu-west-1', types: ['g4dn.xlarge', 'g6.xlarge'] };
    const regions = {
      'us-east-1': {},
      'eu-west-1': { zones: ['eu-west-1a', 'eu-west-1c'], priceFactor: 1.1 },
    };
    const found = offerings(rung, {}, { regions });
    expect(found[0]).toEqual({
      region: 'eu-west-1',
      zone: 'eu-west-1a',
      market: 'spot',
      type: 'g4dn.xlarge',
      quota: 'g',
      vCpus: 4,
      usdPerHour: 0.5786,
    });
    expect(found.map(offeringKey)).toEqual([
      'eu-west-1/spot/g4dn.xlarge/eu-west-1a',
      'eu-west-1/spot/g4dn.xlarge/eu-west-1c',
      'eu-west-1/spot/g6.xlarge/eu-west-1a',
      'eu-west-1/spot/g6.xlarge/eu-west-1c',
    ]);
  });

  it('costs in its region what the ceiling allows', () => {
    const abroad = { regions: { 'us-east-1': {}, 'sa-east-1': {} } };
    const rung = { region: 'sa-east-1', maxUsdPerHour: 1 };
    expect(asked(rung, {}, abroad)).toBe('g4dn.xlarge');
  });

  it('counts for the quota of its family', () => {
    const quotas = instanceTypes.map(({ type, quota }) => `${type.slice(0, 1)} ${quota}`);
    expect([...new Set(quotas)].sort()).toEqual(['c standard', 'g g', 'm standard', 'p p', 'r standard']);
  });

  it('is asked for by rungs of EC2 only, and the dearest is what a builder may cost', () => {
    const config = configOf({ maxUsdPerHour: 1 });
    expect(termsOf(config, 'gpu', 0)).toEqual({ usdPerHour: 0.9776 });
    expect(offeringsOf(config, 'mac', 0)).toEqual([]);
    expect(offeringsOf(config, 'gpu', 1)).toEqual([]);
  });
});

describe('the promise of a rung', () => {
  const promised = (rung: object, pool: object = {}) => {
    const { pool: settings, rung: found } = rungOf(rung, pool);
    return gpuPromise(promiseOf(settings, found));
  };

  it.each<[object, object, string]>([
    [{}, {}, '1 14745 cuda'],
    [{ needs: { optix: true, egl: true, vulkan: true } }, {}, '1 14745 cuda optix egl vulkan'],
    [{ needs: { gpus: 2, vulkan: true }, maxUsdPerHour: 10 }, {}, '2 14745 cuda vulkan'],
    [{ types: ['g6.xlarge', 'g5.12xlarge'] }, {}, '1 20599 cuda'],
    [{ needs: { vramGiB: 90 } }, {}, '1 88473 cuda'],
    [{ needs: { fraction: true } }, grid, '1 2574 cuda'],
    [{ needs: { gpus: 0 } }, {}, '0'],
    [{ types: ['m7i.large'] }, {}, '0'],
    [{ types: ['g4ad.xlarge'] }, amd, '0'],
  ])('%j: %s', (rung, pool, promise) => {
    expect(promised(rung, pool)).toBe(promise);
  });
});

describe('the table', () => {
  it('has each type once, with its price, cheapest first', () => {
    const names = instanceTypes.map(({ type }) => type);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => /metal|mac/.test(name))).toEqual([]);
    const prices = instanceTypes.map(({ usdPerHour }) => usdPerHour);
    expect(prices).toEqual([...prices].sort((a, b) => a - b));
    expect(prices[0]).toBeGreaterThan(0.05);
  });

  it.each([
    ['g4dn.xlarge', 0.526, 4, 16],
    ['g5g.xlarge', 0.42, 4, 8],
    ['g6f.large', 0.202, 2, 8],
    ['gr6.4xlarge', 1.5392, 16, 128],
    ['g7e.2xlarge', 3.36312, 8, 64],
    ['p5.48xlarge', 55.04, 192, 2048],
    ['c7i.48xlarge', 8.568, 192, 384],
    ['r8g.16xlarge', 3.77024, 64, 512],
  ])('%s costs %f USD an hour', (name, usdPerHour, vCpus, memoryGiB) => {
    expect(instanceTypes.find(({ type }) => type === name)).toMatchObject({ usdPerHour, vCpus, memoryGiB });
  });
});
