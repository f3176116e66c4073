// The permissions and events that the App needs, by what the configuration makes it do.
import type { Granted } from '../../../shared/github/read-app.ts';
import { folded } from '../../../shared/policy/labels.ts';
import { ownerOfRepository } from '../../../shared/policy/lookup.ts';
import type { Config, ProjectConfig } from '../../../shared/policy/schema.ts';

export const neededEvent = 'workflow_job';

/** In order. Absent is less than all of them. */
const levels = ['read', 'write', 'admin'];

/**
 * For all projects, or for those of one owner: jobs, also to run lost ones again; check runs that say why;
 * the approval setting of forks, or a repository's own runners; runner groups.
 */
export function neededPermissions(config: Config, owner?: string): Granted {
  const projects = Object.values(config.projects).filter(
    (project) => owner === undefined || ownersOf(project).includes(folded(owner)),
  );
  const own = projects.some(({ registration }) => registration.kind === 'repository');
  const grouped = projects.some(({ registration }) => registration.kind === 'group');
  const forks = projects.some((project) => project.forks === 'github-approved');
  return {
    actions: 'write',
    checks: 'write',
    ...((own || forks) && { administration: own ? 'write' : 'read' }),
    ...(grouped && { organization_self_hosted_runners: 'write' }),
  };
}

const ownersOf = ({ repositories }: ProjectConfig): string[] =>
  repositories.map((repository) => folded(ownerOfRepository(repository)));

/** Permissions that are not granted, or only in part. */
export const lacking = (needed: Granted, granted: Granted): string[] =>
  Object.entries(needed)
    .filter(([name, level]) => levels.indexOf(granted[name] ?? '') < levels.indexOf(level))
    .map(([name, level]) => `${name}: ${level}`);

/** Permissions to write that nothing here needs. */
export const beyond = (needed: Granted, granted: Granted): string[] =>
  Object.entries(granted)
    .filter(([name, level]) => level !== 'read' && level !== needed[name])
    .map(([name, level]) => `${name}: ${level}`);
