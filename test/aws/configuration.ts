// The configuration of the stage: each story has a pool of its own, so that all can be told at once.
import { type Config, parseConfig } from '../../shared/policy/schema.ts';

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

export type StoryName = (typeof stories)[number];

/** The size of every pool's one rung. */
export const size = 'small';

const poolOf = (label: StoryName) => ({
  labels: [label],
  os: 'linux' as const,
  arch: 'x64' as const,
  // Without Docker: a build is a process here, and shares the computer.
  containers: false,
  ladder: [{ provider: 'codebuild' as const, size }],
  maximum: 20,
});

/** Its name is that of the shipped configuration, so that the admin commands find its secrets. */
export const config: Config = parseConfig({
  installation: 'aswf',
  github: { appId: '7', installations: { film: '71' } },
  pools: Object.fromEntries(stories.map((name) => [name, poolOf(name)])),
  projects: {
    lights: { repositories: ['film/lights'], pools: [...stories], concurrency: 20 },
  },
});
