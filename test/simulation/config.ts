// The configuration of a simulated installation: one or two pools on one ladder, two projects, daily limits.
import type { ConfigInput, PoolInput, RungInput } from '../../shared/policy/config-input.ts';
import { type Config, parseConfig } from '../../shared/policy/schema.ts';

/** The longest that a job may run, in minutes. */
export const jobLimitMinutes = 60;

/** How long a builder may wait in the cloud's queue, where there is one. */
export const patienceMinutes = 8;

export const repositories = ['film/color', 'film/volume', 'studio/shading'];

export const region = 'us-east-1';
export const zones = [`${region}a`, `${region}b`];

/** The second region, where there are two. */
const otherRegion = 'us-west-2';
const otherZones = [`${otherRegion}a`];

/** The zones of a world with so many regions. */
export const zonesOf = (regions: number): string[] => (regions > 1 ? [...zones, ...otherZones] : zones);
export const types = ['g4dn.xlarge', 'g6.xlarge'] as const;

/**
 * What pools climb. `queue`: CodeBuild, then local. Of EC2: spot, in two regions where there are two, on
 * demand, then local or CodeBuild.
 */
export type LadderName = 'local' | 'queue' | 'ec2' | 'ec2-queue';

export const hasEc2 = (ladder: LadderName): boolean => ladder === 'ec2' || ladder === 'ec2-queue';

export interface Settings {
  ladder: LadderName;
  /** 1 or 2: their jobs' labels are `gpu` and `xl`. */
  pools: number;
  /** 1, the default, or 2. */
  regions?: number;
  maximum: number;
  concurrency: number;
  /** How long a rung of EC2 is asked in vain before the next one is. */
  patience: number;
  /** US dollars for a day: of each project, and of everybody. Absent: the defaults. */
  caps?: { project: number; all: number } | undefined;
}

const build = { provider: 'codebuild', size: 'large', patienceMinutes } as const;
const local = { provider: 'local' } as const;

type Ec2RungInput = Extract<RungInput, { provider: 'ec2' }>;

function ladderOf({ ladder, patience, regions = 1 }: Settings): RungInput[] {
  const ec2: Ec2RungInput = { provider: 'ec2', types: [...types], patienceMinutes: patience };
  const spot: Ec2RungInput = { ...ec2, market: 'spot' };
  const spots = regions > 1 ? [spot, { ...spot, region: otherRegion }] : [spot];
  switch (ladder) {
    case 'local':
      return [local];
    case 'queue':
      return [build, local];
    case 'ec2':
      return [...spots, ec2, local];
    case 'ec2-queue':
      return [...spots, ec2, build];
  }
}

export const labelsOf = (pools: number): string[] => ['gpu', 'xl'].slice(0, pools);

const regionsOf = (regions: number): Record<string, { zones: string[] }> => ({
  [region]: { zones },
  ...(regions > 1 && { [otherRegion]: { zones: otherZones } }),
});

/**
 * Two projects: one with a runner group for two repositories, one whose runners register at the
 * repository.
 */
export function configOf(settings: Settings): Config {
  const { maximum, concurrency, caps } = settings;
  const names = labelsOf(settings.pools);
  const pool = (label: string): PoolInput => ({
    labels: [label],
    os: 'linux',
    arch: 'x64',
    ladder: ladderOf(settings),
    maximum,
    jobLimitMinutes,
  });
  const project = { pools: names, concurrency, ...(caps && { maxUsdPerDay: caps.project }) };
  const input: ConfigInput = {
    installation: 'sim',
    github: { appId: '1', installations: { film: '1', studio: '2' } },
    aws: { region, regions: regionsOf(settings.regions ?? 1) },
    pools: Object.fromEntries(names.map((name) => [name, pool(name)])),
    projects: {
      color: { ...project, repositories: ['film/color', 'film/volume'] },
      shading: { ...project, repositories: ['studio/shading'], repositoryRunners: true },
    },
    ...(caps && { maxUsdPerDay: caps.all }),
  };
  return parseConfig(input);
}
