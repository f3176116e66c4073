// A small configuration for tests: two GPU pools, a Mac for trusted work, projects of each kind.
import { ConfigError, type ConfigInput, parseConfig } from '../../shared/policy/schema.ts';

export const sampleInput = {
  installation: 'test',
  github: { appId: '1', installations: { Acme: '11', solo: '12' } },
  pools: {
    gpu: {
      labels: ['gpu', 'cuda'],
      aliases: ['ubuntu-20.04-gpu-t4-4c-16g-176h'],
      os: 'linux',
      arch: 'x64',
      ladder: [{ provider: 'local' }],
      maximum: 4,
    },
    'win-gpu': {
      labels: ['win-gpu'],
      os: 'windows',
      arch: 'x64',
      ladder: [{ provider: 'local' }],
      maximum: 4,
    },
    mac: {
      labels: ['Mac'],
      os: 'macos',
      arch: 'arm64',
      ladder: [{ provider: 'local' }],
      maximum: 1,
      trustedOnly: true,
    },
  },
  projects: {
    film: { repositories: ['Acme/Film', 'acme/reel'], pools: ['gpu', 'mac'] },
    open: {
      repositories: ['acme/open'],
      pools: ['gpu', 'win-gpu'],
      runnerGroup: 'Open.1',
      forks: 'github-approved',
    },
    solo: { repositories: ['solo/one', 'solo/two'], pools: ['gpu'], repositoryRunners: true },
  },
} satisfies ConfigInput;

export const sample = parseConfig(sampleInput);

/** The sample whose pool `gpu` has other settings, and its machines a region. */
export const withPool = (changes: object) => ({
  ...sampleInput,
  aws: { region: 'us-east-1' },
  maxUsdPerDay: 10_000,
  pools: { ...sampleInput.pools, gpu: { ...sampleInput.pools.gpu, ...changes } },
  projects: Object.fromEntries(
    Object.entries(sampleInput.projects).map(([name, one]) => [name, { ...one, maxUsdPerDay: 10_000 }]),
  ),
});

/** The sample whose pool `mac` has other settings, and its machines a region of two zones. */
export const withMac = (changes: object) => ({
  ...withPool({}),
  aws: { region: 'us-east-1', regions: { 'us-east-1': { zones: ['us-east-1a', 'us-east-1b'] } } },
  pools: { ...sampleInput.pools, mac: { ...sampleInput.pools.mac, ...changes } },
});

/** The problems of the sample with `changes`; none when it is accepted. */
export function problemsOf(changes: object): readonly string[] {
  try {
    parseConfig({ ...sampleInput, ...changes });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** What is said of names of pools and projects. */
export const nameRule = (longest: number): string =>
  `at most ${longest} small letters, digits and hyphens, beginning with a letter`;

/** All keys of a pool, as messages list them. */
export const poolKeys =
  'labels, aliases, os, arch, ladder, maximum, ' +
  'jobLimitMinutes, bootLimitMinutes, tellAfterMinutes, containers, trustedOnly, rerunLost, machine';
