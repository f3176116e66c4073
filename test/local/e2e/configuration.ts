// The small configuration of the end-to-end tests: two pools, projects of each kind.
import type { ConfigInput, PoolInput } from '../../../shared/policy/schema.ts';

const machines: Omit<PoolInput, 'labels'> = {
  os: 'linux',
  arch: 'x64',
  ladder: [{ provider: 'local' }],
  maximum: 4,
};

export const configuration: ConfigInput = {
  installation: 'test',
  github: { appId: '7', installations: { film: '71', solo: '72' } },
  pools: {
    gpu: { ...machines, labels: ['gpu', 'render'] },
    xl: { ...machines, labels: ['xl'] },
  },
  projects: {
    lights: { repositories: ['film/lights'], pools: ['gpu', 'xl'], concurrency: 20 },
    one: { repositories: ['solo/one'], pools: ['xl'], repositoryRunners: true },
    strict: { repositories: ['film/strict'], pools: ['gpu'], onRefusal: 'cancel' },
    open: { repositories: ['film/open'], pools: ['gpu'], forks: 'github-approved' },
  },
};
