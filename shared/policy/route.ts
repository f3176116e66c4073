// Routing: which pool, project and scope a job belongs to, by its repository and its labels alone.
import { type Place, parseScope, scopeOf } from '../contract/scope.ts';
import type { Config, PoolConfig, ProjectConfig } from './config.ts';
import { folded, systemLabelsOf } from './labels.ts';
import { installationOf, ownerOfRepository, poolNamed, spelling } from './lookup.ts';

export type Route =
  | { kind: 'pool'; pool: string; project: string; scope: string }
  | { kind: 'ignored'; why: string };

const ignored = (why: string): Route => ({ kind: 'ignored', why });

/**
 * Finds the job's pool: one of the pool's labels is asked for, and nothing that its builders do not have.
 * A job that no pool fits, or whose project may not use the pool, is ignored, and `why` says so.
 */
export function route(config: Config, job: { repository: string; labels: readonly string[] }): Route {
  const home = homeOf(config, job.repository);
  if (!home) return ignored(inNoProject(job.repository));
  const labels = [...new Set(job.labels.map(folded))];
  const found = Object.entries(config.pools).find(([, pool]) => intersects(labels, labelsOf(pool)));
  if (!found) return ignored(`no pool has one of the labels ${listed(labels)}`);
  const [name, pool] = found;
  const extras = labels.filter((label) => !labelsOf(pool).includes(label));
  const alien = extras.filter((label) => !systemLabelsOf(pool).includes(label));
  if (alien.length > 0) return ignored(`no builder of pool ${name} has the labels ${listed(alien)}`);
  if (!home.project.pools.includes(name)) return ignored(`project ${home.name} may not use pool ${name}`);
  const scope = scopeOf(placeOf(home.project, home.repository), extras);
  return { kind: 'pool', pool: name, project: home.name, scope };
}

/**
 * The labels of a runner of the pool in the scope: the pool's, and what the scope's jobs ask for besides.
 * Throws when the configuration has no such pool.
 */
export function registrationLabels(config: Config, pool: string, scope: string): string[] {
  const found = poolNamed(config, pool);
  if (!found) throw new Error(`no pool is called '${pool}'`);
  return [...found.labels, ...found.aliases, ...parseScope(scope).extraLabels];
}

/** Where runners of ours may be registered: one scope, without extra labels, for each group or repository. */
export function scopesOf(config: Config): { project: string; scope: string; owner: string }[] {
  return Object.entries(config.projects).flatMap(([name, project]) => {
    const places = project.repositories.map((repository) => ({
      project: name,
      scope: scopeOf(placeOf(project, repository)),
      owner: ownerOfRepository(repository),
    }));
    return project.registration.kind === 'group' ? places.slice(0, 1) : places;
  });
}

/**
 * Does the configuration name the repository and, where a delivery tells it, this installation of the App?
 * A delivery that carries another installation's id is not for us, whatever repository it names.
 */
export function knownRepository(
  config: Config,
  repository: string,
  installationId?: string,
): { known: true } | { known: false; why: string } {
  if (!homeOf(config, repository)) return { known: false, why: inNoProject(repository) };
  const owner = ownerOfRepository(repository);
  if (installationId === undefined || installationId === installationOf(config, owner))
    return { known: true };
  return { known: false, why: `installation ${installationId} is not the configured one of ${owner}` };
}

/** Is it the configured installation of the repository's owner that says so? */
export const isOfOwner = (config: Config, repository: string, installationId?: string): boolean =>
  installationId !== undefined && installationId === installationOf(config, ownerOfRepository(repository));

/** The name of the project that contains the repository, or undefined. */
export const projectOf = (config: Config, repository: string): string | undefined =>
  homeOf(config, repository)?.name;

const inNoProject = (repository: string): string => `${repository} is in no project of the configuration`;

/** The repository's project, and the repository as configured: scopes are compared as strings. */
function homeOf(
  config: Config,
  repository: string,
): { name: string; project: ProjectConfig; repository: string } | undefined {
  for (const [name, project] of Object.entries(config.projects)) {
    const spelt = spelling(project, repository);
    if (spelt !== undefined) return { name, project, repository: spelt };
  }
  return undefined;
}

const labelsOf = (pool: PoolConfig): string[] => [...pool.labels, ...pool.aliases].map(folded);

/** A job's labels are a stranger's words and may be long. */
const listed = (labels: readonly string[]): string => `[${labels.join(', ').slice(0, 200)}]`;

const intersects = (some: readonly string[], others: readonly string[]): boolean =>
  some.some((one) => others.includes(one));

/** All repositories of a project with a runner group have one owner; its spelling may differ between them. */
function placeOf({ registration, repositories }: ProjectConfig, repository: string): Place {
  switch (registration.kind) {
    case 'group': {
      const organization = ownerOfRepository(repositories[0] ?? repository);
      return { kind: 'group', organization, group: registration.group };
    }
    case 'repository':
      return { kind: 'repository', repository };
  }
}
