// The foundation of the worlds of scale: six projects with fifty repositories, each an organization with an
// installation of the App of its own, and five pools of EC2.
import type { PoolInput } from '../../../shared/policy/config-input.ts';
import { type Config, parseConfig } from '../../../shared/policy/schema.ts';
import type { GitHubSettings } from '../github/settings.ts';

export const jobLimitMinutes = 360;

const region = 'us-east-1';
export const zones = ['a', 'b', 'c'].map((letter) => region + letter);

/** Of each project, which is an organization: how many repositories, and its share of the jobs. */
export const projects = [
  { name: 'color', repositories: 14, share: 0.24 },
  { name: 'volume', repositories: 10, share: 0.2 },
  { name: 'shading', repositories: 8, share: 0.18 },
  { name: 'image', repositories: 8, share: 0.15 },
  { name: 'timeline', repositories: 6, share: 0.13 },
  { name: 'render', repositories: 4, share: 0.1 },
] as const;

export const repositoriesOf = ({ name, repositories }: (typeof projects)[number]): string[] =>
  Array.from({ length: repositories }, (_, index) => `${name}/part-${index + 1}`);

/** Its types of machines, and its share of the jobs. */
interface PoolShare {
  name: string;
  share: number;
  arch: 'x64' | 'arm64';
  types: string[];
}

export const pools: readonly PoolShare[] = [
  { name: 'linux-s', share: 0.34, arch: 'x64', types: ['m7i.xlarge', 'm7a.xlarge'] },
  { name: 'linux-xl', share: 0.24, arch: 'x64', types: ['c7i.4xlarge', 'c7a.4xlarge'] },
  { name: 'linux-arm', share: 0.18, arch: 'arm64', types: ['m7g.xlarge', 'c7g.xlarge'] },
  { name: 'gpu', share: 0.16, arch: 'x64', types: ['g4dn.xlarge', 'g6.xlarge'] },
  { name: 'gpu-xl', share: 0.08, arch: 'x64', types: ['g4dn.4xlarge', 'g6.4xlarge'] },
];

/** The largest that a pool may be, and a project: see `shared/policy/shape.ts`. */
const largest = 1000;

function poolInput({ name, arch, types }: PoolShare): PoolInput {
  const hasGpu = name.startsWith('gpu');
  const ec2 = {
    provider: 'ec2',
    types,
    ...(!hasGpu && { needs: { gpus: 0, vCpus: 4, memoryGiB: 8 } }),
  } as const;
  return {
    ...{ labels: [name], os: 'linux', arch, maximum: largest, jobLimitMinutes },
    ladder: [
      { ...ec2, market: 'spot', patienceMinutes: 2 },
      { ...ec2, patienceMinutes: 10 },
    ],
  };
}

const usdPerDay = 100_000;

/** Limits of money and of projects bind nobody here. */
export function foundation(): Config {
  return parseConfig({
    installation: 'sim',
    github: {
      appId: '1',
      installations: Object.fromEntries(projects.map(({ name }, index) => [name, String(index + 1)])),
    },
    aws: { region, regions: { [region]: { zones } } },
    pools: Object.fromEntries(pools.map((pool) => [pool.name, poolInput(pool)])),
    projects: Object.fromEntries(
      projects.map((project) => [
        project.name,
        {
          repositories: repositoriesOf(project),
          pools: pools.map(({ name }) => name),
          concurrency: largest,
          maxUsdPerDay: usdPerDay,
        },
      ]),
    ),
    maxUsdPerDay: usdPerDay,
  });
}

/** Each organization has one runner group, for all its repositories. */
export const gitHubSettings: GitHubSettings = {
  covers(scope, repository) {
    const [, owner] = scope.split('/');
    return repository.startsWith(`${owner}/`);
  },
  approvesForks: false,
  installations: Object.fromEntries(projects.map(({ name }, index) => [name, String(index + 1)])),
  groups: Object.fromEntries(projects.map(({ name }) => [name, ['Default', `callsheet-${name}`]])),
};
