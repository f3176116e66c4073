// The shape of the configuration: each field's type, range and default, and what to write instead.
import * as z from 'zod/mini';
import { installationPattern, namePattern } from '../contract/names.ts';
import { awsShape, ec2Rung, machineShape, macRung, usdPerDay } from './aws-shape.ts';
import { choice, digits, list, named, refuse, strict, text, whole, yesOrNo } from './fields.ts';
import { folded, isHostedLabel, systemLabels } from './labels.ts';
import { codeBuildSizeNames } from './sizes.ts';

/** For aliases: any label that does not make the pool serve everybody's jobs. */
const alias = text(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
  'use letters, digits, dots, hyphens, underscores (at most 100, a letter or digit first)',
).check(
  z.refine(
    (label) => !systemLabels.includes(folded(label)),
    refuse('runners of every kind carry it, so the pool would get their jobs; choose a label of your own'),
  ),
);

const label = alias.check(
  z.refine(
    (label) => !isHostedLabel(label),
    refuse("GitHub's own runners have such labels; choose one of your own, or take it over in aliases"),
  ),
);

const dollars = refuse('give US dollars for a minute, from 0 to 10');
const usdPerMinute = z.number(dollars).check(z.minimum(0, dollars), z.maximum(10, dollars));

const codeBuildRung = strict({
  provider: z.literal('codebuild'),
  size: choice(codeBuildSizeNames),
  gpu: z._default(yesOrNo, false),
  image: z.optional(
    text(
      /^[\w][\w.:/@-]{0,254}$/,
      "name an image, such as 'aws/codebuild/standard:7.0' or 'aswf/ci-ocio:2025'",
    ),
  ),
  user: z.optional(text(/^[a-z_][a-z0-9_-]{0,31}$/, 'name a user that the image has')),
  patienceMinutes: z._default(whole(5, 480, 'minutes'), 15),
  usdPerMinute: z.optional(usdPerMinute),
});

const rungRemedy = refuse(
  "write { provider: 'ec2' }, { provider: 'codebuild', size: 'large' }, { provider: 'mac' } " +
    "or { provider: 'local' }",
);

const rung = z.discriminatedUnion(
  'provider',
  [strict({ provider: z.literal('local') }), codeBuildRung, ec2Rung, macRung],
  {
    /** Of a rung with another provider, that provider is what is shown. */
    error: ({ input }: { input?: unknown }) =>
      rungRemedy.error({
        input: typeof input === 'object' && input !== null && 'provider' in input ? input.provider : input,
      }),
  },
);

export const poolShape = strict({
  labels: list(label, 1, 20, 'labels'),
  aliases: z._default(list(alias, 0, 20, 'labels'), []),
  os: choice(['linux', 'macos', 'windows']),
  arch: choice(['x64', 'arm64']),
  ladder: list(rung, 1, 8, 'rungs'),
  maximum: whole(1, 1000, 'builders'),
  jobLimitMinutes: z._default(whole(5, 7200, 'minutes'), 360),
  bootLimitMinutes: z.optional(whole(1, 60, 'minutes')),
  tellAfterMinutes: z._default(whole(1, 1440, 'minutes'), 5),
  containers: z.optional(yesOrNo),
  trustedOnly: z._default(yesOrNo, false),
  rerunLost: z._default(whole(0, 3, 'times'), 0),
  machine: machineShape,
});

const repository = text(
  /^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/,
  "write 'owner/name' as GitHub shows it",
);

/** The default group of an organization serves all its repositories: limits of a project would not bind. */
const runnerGroup = text(
  /^(?!default$)[A-Za-z0-9._-]{1,64}$/i,
  "name a group of the project's own, not 'Default': at most 64 letters, digits, dots, hyphens, underscores",
);

const untrusted = strict({
  concurrency: z._default(whole(1, 1000, 'jobs'), 2),
  jobLimitMinutes: z._default(whole(5, 7200, 'minutes'), 60),
});

export const projectShape = strict({
  repositories: list(repository, 1, 200, 'repositories'),
  pools: list(z.string(refuse("write a pool's name")), 1, 50, 'names of pools'),
  concurrency: z._default(whole(1, 1000, 'jobs'), 10),
  runnerGroup: z.optional(runnerGroup),
  repositoryRunners: z._default(yesOrNo, false),
  forks: z._default(choice(['never', 'github-approved']), 'never'),
  untrusted: z.prefault(untrusted, {}),
  maxUsdPerDay: z._default(usdPerDay, 20),
  onRefusal: z._default(choice(['tell', 'cancel']), 'tell'),
}).check(
  z.refine((project) => !(project.runnerGroup && project.repositoryRunners), {
    error: 'cannot stand beside repositoryRunners: true; remove one of them',
    path: ['runnerGroup'],
  }),
);

const pinned = z.optional(
  strict({
    version: text(/^\d+\.\d+\.\d+$/, "give a release of actions/runner, such as '2.330.0'"),
    sha256: text(/^[0-9a-f]{64}$/, 'give the 64 small hexadecimal digits of its archive'),
  }),
);

const runner = strict({
  'linux-x64': pinned,
  'linux-arm64': pinned,
  'macos-x64': pinned,
  'macos-arm64': pinned,
  'windows-x64': pinned,
  'windows-arm64': pinned,
});

const installations = named(
  digits("the installation's id"),
  'installation',
  'the name of its organization or user: letters, digits, hyphens',
  /^[A-Za-z0-9][A-Za-z0-9-]*$/,
  39,
);

const nameRule = (longest: number) =>
  `at most ${longest} small letters, digits and hyphens, beginning with a letter`;

export const configShape = strict({
  installation: text(installationPattern, 'use 1 to 12 small letters and digits, beginning with a letter'),
  github: strict({ appId: digits("the App's id"), installations }),
  /** Names of at most 18 letters: runner names carry them, with other things, in GitHub's 64. */
  pools: named(poolShape, 'pool', nameRule(18), namePattern, 18),
  projects: named(projectShape, 'project', nameRule(32), namePattern, 32),
  runner: z.optional(runner),
  api: z._default(choice(['token', 'public']), 'token'),
  aws: z.optional(awsShape),
  maxUsdPerDay: z._default(usdPerDay, 100),
  alarmEmail: z.optional(text(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'give one address of e-mail')),
});

const entries = z.catch(z.record(z.string(), z.unknown()), {});

/** The outline of a configuration with mistakes: enough to look at each pool and project by itself. */
export const outlineShape = z.catch(
  z.object({
    github: z.catch(z.object({ installations: entries }), { installations: {} }),
    pools: entries,
    projects: entries,
    aws: z.optional(z.unknown()),
    maxUsdPerDay: z.catch(z.optional(z._default(usdPerDay, 100)), undefined),
  }),
  { github: { installations: {} }, pools: {}, projects: {} },
);
