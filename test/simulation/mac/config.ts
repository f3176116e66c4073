// The configuration of simulated Macs: one pool, three projects, four repositories, two families and zones.
import { parseScope } from '../../../shared/contract/scope.ts';
import type { PoolInput, ProjectInput, RungInput } from '../../../shared/policy/config-input.ts';
import { type Config, parseConfig } from '../../../shared/policy/schema.ts';

export const region = 'us-east-1';
export const zones = [`${region}a`, `${region}b`];

export type MacRungInput = Extract<RungInput, { provider: 'mac' }>;

export interface Settings {
  rung?: Partial<MacRungInput> | undefined;
  maximum: number;
  /** Only trusted jobs are served: the disk may be reset. Else forks are, once GitHub has them approved. */
  trustedOnly: boolean;
  /** US dollars for a day: of each project, and of everybody. Absent: more than a world can spend. */
  caps?: { project: number; all: number } | undefined;
}

/** The longest that a job may run. */
export const jobLimitMinutes = 90;

/**
 * One project has a runner group for its only repository, one registers at the repository, and one has a
 * group for two: there a disk is never reset.
 */
export const projects = {
  color: ['film/color'],
  shading: ['studio/shading'],
  volume: ['film/volume', 'film/points'],
} as const;

/** A configuration with the pool `mac`. */
export function macConfig({ rung, maximum, trustedOnly, caps }: Settings): Config {
  const pool: PoolInput = {
    ...{ labels: ['mac'], os: 'macos', arch: 'arm64', maximum, trustedOnly, jobLimitMinutes },
    ladder: [{ provider: 'mac', families: ['mac2', 'mac2-m2'], zones, ...rung }],
  };
  return configWith({ mac: pool }, { trustedOnly, caps });
}

/** The same without the pool of Macs: what it has left must end. */
export const configWithout = (settings: Settings): Config =>
  configWith(
    { other: { labels: ['other'], os: 'linux', arch: 'x64', maximum: 1, ladder: [{ provider: 'local' }] } },
    settings,
  );

function configWith(
  pools: Record<string, PoolInput>,
  { trustedOnly, caps }: Pick<Settings, 'trustedOnly' | 'caps'>,
): Config {
  const terms: Omit<ProjectInput, 'repositories'> = {
    pools: Object.keys(pools),
    concurrency: 99,
    untrusted: { concurrency: 99 },
    forks: trustedOnly ? 'never' : 'github-approved',
    maxUsdPerDay: caps?.project ?? 10_000,
  };
  return parseConfig({
    installation: 'sim',
    github: { appId: '1', installations: { film: '1', studio: '2' } },
    aws: { region, regions: { [region]: { zones } } },
    pools,
    projects: {
      color: { ...terms, repositories: [...projects.color] },
      shading: { ...terms, repositories: [...projects.shading], repositoryRunners: true },
      volume: { ...terms, repositories: [...projects.volume] },
    },
    maxUsdPerDay: caps?.all ?? 10_000,
  });
}

/** May a runner in this scope get jobs of this repository? Groups are their project's. */
export function covers(scope: string, repository: string): boolean {
  const { place } = parseScope(scope);
  switch (place.kind) {
    case 'repository':
      return place.repository === repository;
    case 'group':
      return Object.entries(projects).some(
        ([project, all]) => place.group === `callsheet-${project}` && all.some((one) => one === repository),
      );
  }
}
