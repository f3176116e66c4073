// Finding pools, projects and repositories in the configuration.
import type { Config, PoolConfig, ProjectConfig } from './config.ts';
import { folded } from './labels.ts';

/** The pool of that name, or undefined. Names come from records and requests: `constructor` is no pool. */
export const poolNamed = (config: Pick<Config, 'pools'>, name: string): PoolConfig | undefined =>
  Object.hasOwn(config.pools, name) ? config.pools[name] : undefined;

/** The project of that name, or undefined. */
export const projectNamed = (config: Config, name: string): ProjectConfig | undefined =>
  Object.hasOwn(config.projects, name) ? config.projects[name] : undefined;

/** The repository as the project spells it, or undefined when it is none of the project's. */
export const spelling = (project: ProjectConfig, repository: string): string | undefined =>
  project.repositories.find((own) => folded(own) === folded(repository));

/** The owner in `owner/name`. */
export const ownerOfRepository = (repository: string): string => repository.split('/')[0] ?? '';

/** The App's installation id for the owner, or undefined when the configuration has none. */
export const installationOf = (config: Config, owner: string): string | undefined =>
  Object.entries(config.github.installations).find(([own]) => folded(own) === folded(owner))?.[1];
