// The configuration of the tests of the admin commands: two owners, three projects, two sizes of CodeBuild.
import type { ConfigInput } from '../../shared/policy/schema.ts';

export const configuration = {
  installation: 'test',
  github: { appId: '7', installations: { aswf: '11', solo: '12' } },
  pools: {
    gpu: {
      labels: ['gpu'],
      os: 'linux',
      arch: 'x64',
      ladder: [
        { provider: 'codebuild', size: 'small', gpu: true, image: 'aswf/ci-ocio:2025', usdPerMinute: 0.03 },
      ],
      maximum: 4,
      containers: false,
    },
    'linux-xl': {
      labels: ['linux-xl'],
      aliases: ['ubuntu-22.04-8c-32g-300h'],
      os: 'linux',
      arch: 'x64',
      ladder: [{ provider: 'codebuild', size: 'large' }],
      maximum: 20,
    },
  },
  projects: {
    ocio: { repositories: ['aswf/OpenColorIO'], pools: ['gpu'] },
    osl: {
      repositories: ['aswf/OSL', 'aswf/osl-tests'],
      pools: ['gpu', 'linux-xl'],
      runnerGroup: 'osl',
      forks: 'github-approved',
    },
    solo: { repositories: ['solo/one'], pools: ['linux-xl'], repositoryRunners: true },
  },
} satisfies ConfigInput;
