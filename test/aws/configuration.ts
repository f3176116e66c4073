// The configuration of the stage: each story has a pool of its own, so that all can be told at once.
import { type Config, type ConfigInput, parseConfig } from '../../shared/policy/schema.ts';

export const stories = [
  'main',
  'twice',
  'lost',
  'late',
  'answers',
  'throttled',
  'unsaved',
  'unanswered',
  'killed',
  'midjob',
  'thief',
  'silent',
  'fork',
  'cancelled',
  'burst',
  'chance',
  'orphan',
] as const;

/** Those on EC2. */
const onEc2 = ['fleet', 'fleetlost', 'barecancelled'] as const;

/** Those on Macs. */
const onMacs = ['mac', 'macstart', 'macend'] as const;

const all = [...stories, ...onEc2, ...onMacs];

export type StoryName = (typeof all)[number];

/** The size of the one rung of each pool of CodeBuild. */
export const size = 'small';

const poolOf = (label: StoryName, ladder: ConfigInput['pools'][string]['ladder']) => ({
  labels: [label],
  os: 'linux' as const,
  arch: 'x64' as const,
  // Without Docker: a builder is a process here, and shares the computer.
  containers: false,
  ladder,
  maximum: 20,
});

const builds: ConfigInput['pools'][string]['ladder'] = [{ provider: 'codebuild', size }];
const machines: ConfigInput['pools'][string]['ladder'] = [
  { provider: 'ec2', types: ['m7i.large'], needs: { gpus: 0 } },
];

/** One host at once. */
const macPool: ConfigInput['pools'][string] = {
  labels: [],
  os: 'macos',
  arch: 'arm64',
  trustedOnly: true,
  ladder: [{ provider: 'mac', families: ['mac2'] }],
  maximum: 1,
};

/** Its name is that of the shipped configuration, so that the admin commands find its secrets. */
export const config: Config = parseConfig({
  installation: 'aswf',
  github: { appId: '7', installations: { film: '71' } },
  aws: { region: 'us-east-1' },
  pools: Object.fromEntries([
    ...stories.map((name) => [name, poolOf(name, builds)]),
    // Nobody claims for a machine without an agent: it is ended when it should have booted.
    ...onEc2.map((name) => [name, { ...poolOf(name, machines), bootLimitMinutes: 2 }]),
    ...onMacs.map((name) => [name, { ...macPool, labels: [name] }]),
  ]),
  projects: {
    lights: { repositories: ['film/lights'], pools: [...all], concurrency: 20, maxUsdPerDay: 10_000 },
    sound: { repositories: ['film/sound'], pools: [...onMacs], maxUsdPerDay: 10_000 },
  },
  maxUsdPerDay: 10_000,
});
