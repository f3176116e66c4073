// Reading the configuration: defaults, refusals outside pools and projects, all problems at once, warnings.
import { describe, expect, it } from 'vitest';
import { ConfigError, defineConfig, parseConfig, warnings } from '../../shared/policy/schema.ts';
import { poolKeys, problemsOf, sample, sampleInput } from './sample.ts';

const { github, pools, projects } = sampleInput;

describe('what an admin leaves out has a default', () => {
  it('in a pool', () => {
    expect(sample.pools['win-gpu']).toEqual({
      labels: ['win-gpu'],
      aliases: [],
      os: 'windows',
      arch: 'x64',
      ladder: [{ provider: 'local' }],
      maximum: 4,
      jobLimitMinutes: 360,
      bootLimitMinutes: 10,
      tellAfterMinutes: 5,
      containers: true,
      trustedOnly: false,
      rerunLost: 0,
      machine: {
        image: {
          parameter:
            '/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-22.04/latest/ami-id',
          rootDevice: '/dev/sda1',
          user: 'ubuntu',
          drivers: ['datacenter'],
        },
        diskGiB: 100,
        sessionManager: false,
      },
    });
  });

  it('in a project', () => {
    expect(sample.projects.film).toEqual({
      repositories: ['Acme/Film', 'acme/reel'],
      pools: ['gpu', 'mac'],
      concurrency: 10,
      registration: { kind: 'group', group: 'callsheet-film' },
      forks: 'never',
      untrusted: { concurrency: 2, jobLimitMinutes: 60 },
      maxUsdPerDay: 20,
      onRefusal: 'tell',
    });
    expect(sample.maxUsdPerDay).toBe(100);
    expect(sample.projects.open?.registration).toEqual({ kind: 'group', group: 'Open.1' });
    expect(sample.projects.solo?.registration).toEqual({ kind: 'repository' });
  });

  it('and what is said is kept', () => {
    const said = { concurrency: 3, untrusted: { concurrency: 1 }, onRefusal: 'cancel' };
    const runner = { 'linux-x64': { version: '2.330.0', sha256: 'a'.repeat(64) } };
    const config = parseConfig({
      ...sampleInput,
      projects: { ...projects, film: { ...projects.film, ...said } },
      runner,
    });
    expect(config.projects.film).toMatchObject({
      ...said,
      untrusted: { concurrency: 1, jobLimitMinutes: 60 },
    });
    expect(config.runner).toEqual(runner);
    expect(defineConfig(sampleInput)).toBe(sampleInput);
  });
});

describe('the rest is refused', () => {
  it.each([
    [{ instalation: 'x' }, 'the configuration', "unknown key 'instalation'; did you mean 'installation'?"],
    [
      { installation: 'my-studio' },
      'installation',
      "'my-studio' is refused; use 1 to 12 small letters and digits, beginning with a letter",
    ],
    [
      { github: { ...github, appId: 7 } },
      'github.appId',
      "7 is refused; give the App's id as a string of digits",
    ],
    [
      { github: { ...github, installations: { ...github.installations, more: 'x' } } },
      'github.installations.more',
      "'x' is refused; give the installation's id as a string of digits",
    ],
    [
      { github: { ...github, installations: { ...github.installations, acme: '13' } } },
      'github.installations.acme',
      "'acme' is also github.installations.Acme; keep one, since GitHub ignores case",
    ],
    [
      { runner: { 'linux-x64': { version: 'v2', sha256: 'a'.repeat(64) } } },
      'runner.linux-x64.version',
      "'v2' is refused; give a release of actions/runner, such as '2.330.0'",
    ],
    [
      { runner: { 'linux-x64': { version: '2.330.0', sha256: 'A' } } },
      'runner.linux-x64.sha256',
      "'A' is refused; give the 64 small hexadecimal digits of its archive",
    ],
    [{ projects: {} }, 'projects', 'is empty; describe at least one project'],
    [
      { projects: [] },
      'projects',
      'an empty list is refused; write an object with each project under its name',
    ],
  ])('with %j: %s %s', (changes, place, problem) => {
    expect(problemsOf(changes)).toContain(`${place}: ${problem}`);
  });

  it.each([
    [undefined, 'is missing'],
    [null, 'null is refused'],
    ['{}', "'{}' is refused"],
  ])('when it is %j', (input, found) => {
    const remedy = 'write an object with the keys installation, github, pools, projects, runner';
    expect(() => parseConfig(input)).toThrow(`the configuration: ${found}; ${remedy}`);
  });
});

it('all problems are told at once, those between the parts as well', () => {
  const broken = {
    ...sampleInput,
    installation: 'My Studio',
    pools: { ...pools, gpu: { ...pools.gpu, maximum: 0, maxmum: 4, price: 1 } },
    projects: {
      ...projects,
      film: { ...projects.film, forks: 'github-approved', pools: ['gpu', 'mac', 'mca'] },
    },
  };
  expect(() => parseConfig(broken)).toThrow(
    new ConfigError([
      "installation: 'My Studio' is refused; use 1 to 12 small letters and digits, beginning with a letter",
      'pools.gpu.maximum: 0 is refused; give a whole number of builders from 1 to 1000',
      "pools.gpu: unknown key 'maxmum'; did you mean 'maximum'?",
      `pools.gpu: unknown key 'price'; remove it (known: ${poolKeys})`,
      "projects.film.pools[1]: pool 'mac' is trustedOnly, and the project serves forks; " +
        "remove the pool here, or write forks: 'never'",
      "projects.film.pools[2]: no pool is called 'mca'; did you mean 'mac'?",
    ]),
  );
  expect(new ConfigError(['a: b', 'c: d']).message).toBe(
    'callsheet.config.ts has 2 problems:\n  a: b\n  c: d',
  );
});

it('a mistake is told once: owners that could not be read are not missed', () => {
  expect(problemsOf({ github: undefined })).toEqual([
    'github: is missing; write an object with the keys appId, installations',
  ]);
});

describe('an alias is warned about', () => {
  it('since the larger runner must be removed first', () => {
    const alias = 'ubuntu-20.04-gpu-t4-4c-16g-176h';
    expect(warnings(sample)).toEqual([
      `pools.gpu.aliases[0]: GitHub gives a job to whichever runner with label '${alias}' is first; ` +
        "remove GitHub's larger runner with that label first, until then both serve it",
    ]);
  });

  it.each(['ubuntu-latest', 'Windows-2022', 'macos-15-large', 'ubuntu-24.04-arm'])(
    'and %s can never be taken over',
    (alias) => {
      expect(
        warnings(
          parseConfig({ ...sampleInput, pools: { ...pools, gpu: { ...pools.gpu, aliases: [alias] } } }),
        ),
      ).toEqual([
        `pools.gpu.aliases[0]: GitHub gives a job to whichever runner with label '${alias}' is first, ` +
          'and its own standard runners cannot be removed; take a label of your own',
      ]);
    },
  );
});
