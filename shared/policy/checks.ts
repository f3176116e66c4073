// What must be true between the parts of a configuration. Each check answers problems: place, then remedy.
import type { PoolConfig, ProjectConfig } from './config.ts';
import { ec2Problems } from './ec2-rungs.ts';
import { folded } from './labels.ts';
import { ownerOfRepository } from './lookup.ts';
import { macProblems } from './mac-rungs.ts';
import { nearest } from './nearest.ts';
import { type AwsPart, regionProblems } from './region-checks.ts';
import { codeBuildProblems } from './rungs.ts';
import { worstCaseProblems } from './worst-case.ts';

/** The parts of a configuration that could be read, and the names of those that could not. */
export interface Parts {
  /** Whose installations are known. Empty: these could not be read. */
  owners: string[];
  aws: AwsPart;
  /** Absent: it could not be read. */
  maxUsdPerDay: number | undefined;
  pools: Record<string, PoolConfig>;
  projects: Record<string, ProjectConfig>;
  /** Names of all pools, readable or not. */
  poolNames: string[];
  /** False: the projects that could not be read may use any pool. */
  allProjects: boolean;
}

/** All problems between the parts, in the order of the configuration. */
export const crossProblems = (parts: Parts): string[] => [
  ...ownersTwice(parts),
  ...labelsTwice(parts),
  ...unusedPools(parts),
  ...(typeof parts.aws === 'object' ? regionProblems(parts.aws) : []),
  ...Object.entries(parts.pools).flatMap(([name, pool]) => [
    ...codeBuildProblems(`pools.${name}`, pool),
    ...ec2Problems(`pools.${name}`, pool, parts.aws),
    ...macProblems(`pools.${name}`, pool, parts.aws),
  ]),
  ...worstCaseProblems({ ...parts, aws: typeof parts.aws === 'object' ? parts.aws : undefined }),
  ...Object.entries(parts.projects).flatMap(([name, project]) => [
    ...poolsOf(parts, name, project),
    ...ownersOf(parts, name, project),
  ]),
  ...repositoriesTwice(parts),
  ...groupsTwice(parts),
];

function ownersTwice({ owners }: Parts): string[] {
  return repeated(owners.map((owner) => ({ key: owner, place: `github.installations.${owner}` }))).map(
    ({ key, place, first }) => `${place}: '${key}' is also ${first}; keep one, since GitHub ignores case`,
  );
}

function labelsTwice({ pools }: Parts): string[] {
  const uses = Object.entries(pools).flatMap(([name, pool]) => [
    ...pool.labels.map((key, index) => ({ key, place: `pools.${name}.labels[${index}]` })),
    ...pool.aliases.map((key, index) => ({ key, place: `pools.${name}.aliases[${index}]` })),
  ]);
  return repeated(uses).map(
    ({ key, place, first }) =>
      `${place}: label '${key}' is taken by ${first}; give each label to one pool, once`,
  );
}

function unusedPools({ pools, projects, allProjects }: Parts): string[] {
  if (!allProjects) return [];
  const used = new Set(Object.values(projects).flatMap((project) => project.pools));
  return Object.keys(pools)
    .filter((name) => !used.has(name))
    .map((name) => `pools.${name}: no project may use it; name it in the pools of a project, or remove it`);
}

function poolsOf(parts: Parts, name: string, project: ProjectConfig): string[] {
  return project.pools.flatMap((pool, index) => {
    const place = `projects.${name}.pools[${index}]`;
    if (!parts.poolNames.includes(pool)) {
      const meant = nearest(pool, parts.poolNames);
      const remedy = meant ? `did you mean '${meant}'?` : `describe it in pools, or remove it here`;
      return [`${place}: no pool is called '${pool}'; ${remedy}`];
    }
    if (project.forks === 'never' || !parts.pools[pool]?.trustedOnly) return [];
    const remedy = "remove the pool here, or write forks: 'never'";
    return [`${place}: pool '${pool}' is trustedOnly, and the project serves forks; ${remedy}`];
  });
}

function ownersOf({ owners }: Parts, name: string, { repositories, registration }: ProjectConfig): string[] {
  const place = `projects.${name}.repositories`;
  const known = owners.map(folded);
  const homeless = repositories.flatMap((repository, index) => {
    const owner = ownerOfRepository(repository);
    if (known.length === 0 || known.includes(folded(owner))) return [];
    const remedy = 'install the App there and add its id to github.installations';
    return [`${place}[${index}]: '${owner}' has no installation; ${remedy}`];
  });
  const distinct = new Set(repositories.map((repository) => folded(ownerOfRepository(repository))));
  if (registration.kind === 'repository' || distinct.size === 1) return homeless;
  const remedy = 'make a project for each owner, or write repositoryRunners: true';
  return [...homeless, `${place}: a runner group serves one owner, these have ${distinct.size}; ${remedy}`];
}

function repositoriesTwice({ projects }: Parts): string[] {
  const uses = Object.entries(projects).flatMap(([name, { repositories }]) =>
    repositories.map((key, index) => ({ key, place: `projects.${name}.repositories[${index}]` })),
  );
  return repeated(uses).map(
    ({ key, place, first }) => `${place}: '${key}' is also ${first}; name a repository once, in one project`,
  );
}

function groupsTwice({ projects }: Parts): string[] {
  const uses = Object.entries(projects).flatMap(([name, { repositories, registration }]) => {
    if (registration.kind === 'repository') return [];
    const key = `${ownerOfRepository(repositories[0] ?? '')}/${registration.group}`;
    return [{ key, place: `projects.${name}.runnerGroup` }];
  });
  return repeated(uses).map(
    ({ key, place, first }) =>
      `${place}: group '${key}' is also ${first}; give each project a group of its own`,
  );
}

/** The uses whose key was used before, with the place of the first use. GitHub ignores case. */
function repeated(uses: { key: string; place: string }[]): { key: string; place: string; first: string }[] {
  const firsts = new Map<string, string>();
  return uses.flatMap(({ key, place }) => {
    const first = firsts.get(folded(key));
    if (first !== undefined) return [{ key, place, first }];
    firsts.set(folded(key), place);
    return [];
  });
}
