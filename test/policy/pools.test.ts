// Pools that are refused: each with the whole message, its place and its remedy.
import { describe, expect, it } from 'vitest';
import { nameRule, poolKeys, problemsOf, sampleInput } from './sample.ts';

const { pools, projects } = sampleInput;
const gpu = (changes: object) => ({ pools: { ...pools, gpu: { ...pools.gpu, ...changes } } });

const labelRule = 'use letters, digits, dots, hyphens, underscores (at most 100, a letter or digit first)';
const systemRule =
  'runners of every kind carry it, so the pool would get their jobs; choose a label of your own';
const hostedRule =
  "GitHub's own runners have such labels; choose one of your own, or take it over in aliases";
const rungRule =
  "write { provider: 'ec2' }, { provider: 'codebuild', size: 'large' }, { provider: 'mac' } " +
  "or { provider: 'local' }";

describe('a pool is refused', () => {
  it.each([
    [{ maxmum: 3 }, 'pools.gpu', "unknown key 'maxmum'; did you mean 'maximum'?"],
    [{ jobLimitMinuets: 3 }, 'pools.gpu', "unknown key 'jobLimitMinuets'; did you mean 'jobLimitMinutes'?"],
    [{ price: 3 }, 'pools.gpu', `unknown key 'price'; remove it (known: ${poolKeys})`],
    [
      { maximum: undefined },
      'pools.gpu.maximum',
      'is missing; give a whole number of builders from 1 to 1000',
    ],
    [{ maximum: 0 }, 'pools.gpu.maximum', '0 is refused; give a whole number of builders from 1 to 1000'],
    [
      { maximum: 1001 },
      'pools.gpu.maximum',
      '1001 is refused; give a whole number of builders from 1 to 1000',
    ],
    [{ maximum: 1.5 }, 'pools.gpu.maximum', '1.5 is refused; give a whole number of builders from 1 to 1000'],
    [{ maximum: '4' }, 'pools.gpu.maximum', "'4' is refused; give a whole number of builders from 1 to 1000"],
    [
      { jobLimitMinutes: 4 },
      'pools.gpu.jobLimitMinutes',
      '4 is refused; give a whole number of minutes from 5 to 7200',
    ],
    [
      { jobLimitMinutes: 7201 },
      'pools.gpu.jobLimitMinutes',
      '7201 is refused; give a whole number of minutes from 5 to 7200',
    ],
    [
      { bootLimitMinutes: 61 },
      'pools.gpu.bootLimitMinutes',
      '61 is refused; give a whole number of minutes from 1 to 60',
    ],
    [
      { tellAfterMinutes: 0 },
      'pools.gpu.tellAfterMinutes',
      '0 is refused; give a whole number of minutes from 1 to 1440',
    ],
    [{ os: 'macOS' }, 'pools.gpu.os', "'macOS' is refused; write 'linux' or 'macos' or 'windows'"],
    [{ arch: undefined }, 'pools.gpu.arch', "is missing; write 'x64' or 'arm64'"],
    [{ trustedOnly: 1 }, 'pools.gpu.trustedOnly', '1 is refused; write true or false'],
    [{ ladder: [] }, 'pools.gpu.ladder', 'an empty list is refused; give a list of 1 to 8 rungs'],
    [
      { ladder: Array.from({ length: 9 }, () => ({ provider: 'local' })) },
      'pools.gpu.ladder',
      'a list of 9 is refused; give a list of 1 to 8 rungs',
    ],
    [{ ladder: ['local'] }, 'pools.gpu.ladder[0]', `'local' is refused; ${rungRule}`],
    [{ ladder: [{ provider: 'azure' }] }, 'pools.gpu.ladder[0].provider', `'azure' is refused; ${rungRule}`],
    [
      { ladder: [{ provider: 'local', spot: true }] },
      'pools.gpu.ladder[0]',
      "unknown key 'spot'; remove it (known: provider)",
    ],
    [{ labels: [] }, 'pools.gpu.labels', 'an empty list is refused; give a list of 1 to 20 labels'],
    [{ labels: ['big gpu'] }, 'pools.gpu.labels[0]', `'big gpu' is refused; ${labelRule}`],
    [{ labels: ['ubuntu-x y'] }, 'pools.gpu.labels[0]', `'ubuntu-x y' is refused; ${labelRule}`],
    [{ labels: ['gpu+x'] }, 'pools.gpu.labels[0]', `'gpu+x' is refused; ${labelRule}`],
    [{ labels: ['Self-Hosted'] }, 'pools.gpu.labels[0]', `'Self-Hosted' is refused; ${systemRule}`],
    [{ aliases: ['linux'] }, 'pools.gpu.aliases[0]', `'linux' is refused; ${systemRule}`],
    [{ labels: ['ubuntu-latest'] }, 'pools.gpu.labels[0]', `'ubuntu-latest' is refused; ${hostedRule}`],
    [
      { labels: ['windows-2022-8c-32g-300h'] },
      'pools.gpu.labels[0]',
      `'windows-2022-8c-32g-300h' is refused; ${hostedRule}`,
    ],
    [
      { labels: ['gpu', 'WIN-GPU'] },
      'pools.win-gpu.labels[0]',
      "label 'win-gpu' is taken by pools.gpu.labels[1]; give each label to one pool, once",
    ],
    [
      { aliases: ['mac'] },
      'pools.mac.labels[0]',
      "label 'Mac' is taken by pools.gpu.aliases[0]; give each label to one pool, once",
    ],
    [
      { labels: ['gpu', 'GPU'] },
      'pools.gpu.labels[1]',
      "label 'GPU' is taken by pools.gpu.labels[0]; give each label to one pool, once",
    ],
  ])('with %j: %s %s', (changes, place, problem) => {
    expect(problemsOf(gpu(changes))).toEqual([`${place}: ${problem}`]);
  });

  it.each(['Gpu', 'gpu_t4', '4gpu', 'a'.repeat(19)])('under the name %s', (name) => {
    const more = { pools: { ...pools, [name]: { ...pools.gpu, labels: ['more'], aliases: [] } } };
    expect(problemsOf(more)[0]).toBe(
      `pools.${name}: this name is refused; name each pool with ${nameRule(18)}`,
    );
  });

  it('when no project may use it', () => {
    expect(problemsOf({ projects: { ...projects, open: { ...projects.open, pools: ['gpu'] } } })).toEqual([
      'pools.win-gpu: no project may use it; name it in the pools of a project, or remove it',
    ]);
  });
});
