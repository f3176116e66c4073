// Builders' ids, and the variables by which a build tells whose it is.
import { createHash } from 'node:crypto';

/** Given to a build when it is started; its agent reads all but the last. */
export const variables = {
  url: 'CALLSHEET_URL',
  builder: 'CALLSHEET_BUILDER',
  launch: 'CALLSHEET_LAUNCH',
  ticket: 'CALLSHEET_TICKET',
  /** Digest of the launch's request: asked again with another one, CodeBuild refuses the token. */
  request: 'CALLSHEET_REQUEST',
} as const;

/** `cb-<pool>-<number>-<index>`. With three digits at most, an index is never the end of a build's own id. */
const builderPattern = /^cb-(([a-z][a-z0-9-]{0,19})-\d{1,12})-\d{1,3}$/;

const strangerPattern = /^cb-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The claim protocol takes ids of at most 40 characters. */
const longestId = 40;

/** Ids of the builders of a launch. Throws when its pool's name is too long. */
export function builderIds(launch: string, n: number): string[] {
  const ids = Array.from({ length: n }, (_, index) => `cb-${launch}-${index}`);
  const wrong = ids.find((id) => id.length > longestId || !builderPattern.test(id));
  if (wrong)
    throw new Error(`'${wrong}' is no id for a builder: give the pool of launch ${launch} a shorter name`);
  return ids;
}

/** What a builder's id says. `stranger`: a build that was started by hand. Undefined: it is none of ours. */
export function parseBuilderId(id: string): { launch: string; pool: string } | 'stranger' | undefined {
  if (strangerPattern.test(id)) return 'stranger';
  const [, launch, pool] = builderPattern.exec(id) ?? [];
  return launch !== undefined && pool !== undefined ? { launch, pool } : undefined;
}

/** The projects where a builder's build may be: all sizes of its pool. */
export function projectsOf(id: string, projects: readonly string[]): string[] {
  const named = parseBuilderId(id);
  if (named === undefined) return [];
  return named === 'stranger' ? [...projects] : projects.filter((each) => each.includes(`-${named.pool}-`));
}

/** `build`: `<project>:<uuid>`. */
export const projectOfBuild = (build: string): string => build.split(':')[0] ?? '';

/** The id of a build that no launch has started. `build`: `<project>:<uuid>`. */
export const strangerId = (build: string): string => `cb-${build.split(':').at(-1)}`;

/**
 * The token that makes asking again find. Tokens are the account's: the project tells installations apart,
 * and the time tells a launch from one of the same number in an older table.
 */
export const tokenOf = (project: string, builder: string, askedAt: number): string =>
  digest(`${project}/${builder}/${askedAt}`);

/** 64 hexadecimal digits. */
export const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
