// The configuration of a simulated installation: one pool, two projects.
import { type Config, parseConfig } from '../../shared/policy/schema.ts';

export const pool = 'gpu';
/** The longest that a job may run, in minutes. */
export const jobLimitMinutes = 60;

/** How long a builder may wait in the cloud's queue, where there is one. */
export const patienceMinutes = 8;
const build = { provider: 'codebuild', size: 'large', patienceMinutes } as const;

export const repositories = ['film/color', 'film/volume', 'studio/shading'];

/**
 * Two projects: one with a runner group for two repositories, one whose runners register at the
 * repository.
 */
export const configOf = (maximum: number, concurrency: number, queue: boolean): Config =>
  parseConfig({
    installation: 'sim',
    github: { appId: '1', installations: { film: '1', studio: '2' } },
    pools: {
      [pool]: {
        labels: ['gpu'],
        os: 'linux',
        arch: 'x64',
        ladder: queue ? [build, { provider: 'local' }] : [{ provider: 'local' }],
        maximum,
        jobLimitMinutes,
      },
    },
    projects: {
      color: { repositories: ['film/color', 'film/volume'], pools: [pool], concurrency },
      shading: { repositories: ['studio/shading'], pools: [pool], concurrency, repositoryRunners: true },
    },
  });
