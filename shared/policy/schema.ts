// Reading the configuration: types and completion for admins, strict checks with remedies, defaults.
import * as z from 'zod/mini';
import { awsShape } from './aws-shape.ts';
import { crossProblems, type Parts } from './checks.ts';
import { completeAws, completePools } from './complete.ts';
import type { Config, ProjectConfig } from './config.ts';
import type { ConfigInput } from './config-input.ts';
import { isStandardLabel } from './labels.ts';
import { configShape, outlineShape, poolShape, projectShape } from './shape.ts';

export type { Config, PoolConfig, ProjectConfig, Rung } from './config.ts';
export type { ConfigInput, PoolInput, ProjectInput } from './config-input.ts';

/** Gives the author of a configuration types and completion; answers its argument. */
export const defineConfig = (input: ConfigInput): ConfigInput => input;

/** A configuration with mistakes. The message lists all of them, each with its place and its remedy. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    super([`callsheet.config.ts has ${count}:`, ...problems].join('\n  '));
    this.problems = problems;
  }
}

/** Checks a configuration strictly and fills in its defaults. Throws one `ConfigError` with all problems. */
export function parseConfig(input: unknown): Config {
  const read = z.safeParse(configShape, input);
  const problems = read.success
    ? crossProblems(partsOf(read.data))
    : [...shapeProblems(read.error.issues), ...crossProblems(readableParts(input))];
  if (!read.success || problems.length > 0) throw new ConfigError(problems);
  const aws = completeAws(read.data.aws);
  return {
    ...read.data,
    aws,
    pools: completePools(read.data.pools, aws),
    projects: completed(read.data.projects),
  };
}

function shapeProblems(issues: readonly z.core.$ZodIssue[], above: PropertyKey[] = []): string[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    const meant = issue.code === 'invalid_union' ? meantIn(issue.errors) : undefined;
    if (meant) return shapeProblems(meant, path);
    const place = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
    return issue.message.split('\n').map((line) => `${place.slice(1) || 'the configuration'}: ${line}`);
  });
}

/** Of what may be written in several ways, the mistakes of the way that was nearest: those within it. */
function meantIn(ways: z.core.$ZodIssue[][]): z.core.$ZodIssue[] | undefined {
  return ways.find((issues) => issues.every(({ path }) => path.length > 0));
}

const partsOf = (read: z.infer<typeof configShape>): Parts => ({
  owners: Object.keys(read.github.installations),
  aws: completeAws(read.aws) ?? 'missing',
  maxUsdPerDay: read.maxUsdPerDay,
  pools: completePools(read.pools, completeAws(read.aws)),
  projects: completed(read.projects),
  poolNames: Object.keys(read.pools),
  allProjects: true,
});

/** The faultless parts of a configuration with mistakes, so that problems between them are told at once. */
function readableParts(input: unknown): Parts {
  const outline = z.parse(outlineShape, input);
  const projects = readable(projectShape, outline.projects);
  const aws = completeAws(z.safeParse(awsShape, outline.aws).data);
  const unreadAws = outline.aws === undefined ? 'missing' : 'unread';
  return {
    owners: Object.keys(outline.github.installations),
    aws: aws ?? unreadAws,
    maxUsdPerDay: outline.maxUsdPerDay,
    pools: completePools(readable(poolShape, outline.pools), aws),
    projects: completed(projects),
    poolNames: Object.keys(outline.pools),
    allProjects: Object.keys(projects).length === Object.keys(outline.projects).length,
  };
}

const readable = <T>(shape: z.ZodMiniType<T>, entries: Record<string, unknown>): Record<string, T> =>
  Object.fromEntries(
    Object.entries(entries).flatMap(([name, entry]) => {
      const read = z.safeParse(shape, entry);
      return read.success ? [[name, read.data]] : [];
    }),
  );

const completed = (projects: Record<string, z.infer<typeof projectShape>>): Record<string, ProjectConfig> =>
  Object.fromEntries(Object.entries(projects).map(([name, project]) => [name, complete(name, project)]));

function complete(name: string, read: z.infer<typeof projectShape>): ProjectConfig {
  const { runnerGroup = `callsheet-${name}`, repositoryRunners, ...project } = read;
  return {
    ...project,
    registration: repositoryRunners ? { kind: 'repository' } : { kind: 'group', group: runnerGroup },
  };
}

/** What is allowed and needs care: to be shown at synth and at start. */
export function warnings(config: Config): string[] {
  return Object.entries(config.pools).flatMap(([name, { aliases }]) =>
    aliases.map((alias, index) => `pools.${name}.aliases[${index}]: ${aliasWarning(alias)}`),
  );
}

function aliasWarning(alias: string): string {
  const race = `GitHub gives a job to whichever runner with label '${alias}' is first`;
  return isStandardLabel(alias)
    ? `${race}, and its own standard runners cannot be removed; take a label of your own`
    : `${race}; remove GitHub's larger runner with that label first, until then both serve it`;
}
