// What is allowed of Macs, and costs more time or money than it seems: to be shown at synth.
import type { Config, ProjectConfig } from './config.ts';
import { dearestHost, macRungOf } from './hosts.ts';

/** Each with its place and what to do. */
export const macAdvice = (config: Config): string[] =>
  Object.keys(config.pools).flatMap((pool) => {
    const found = macRungOf(config, pool);
    if (!found) return [];
    const place = `pools.${pool}.ladder[${found.index}]`;
    return [
      ...(found.rung.reset === 'replace-root' ? sharedGroups(config, pool, `${place}.reset`) : []),
      ...(found.rung.afterwards === 'keep' ? [keptHosts(config, pool, `${place}.afterwards`)] : []),
    ];
  });

/** GitHub could hand a machine that was reset for one repository to another of its group. */
const sharedGroups = ({ projects }: Config, pool: string, place: string): string[] =>
  Object.entries(projects)
    .filter(([, project]) => project.pools.includes(pool) && hasSharedGroup(project))
    .map(
      ([name, { repositories }]) =>
        `${place}: project ${name} has ${repositories.length} repositories in one runner group, ` +
        'so its Macs are relaunched after each job, which takes hours; ' +
        'make a project of each repository that uses Macs, or write repositoryRunners: true',
    );

const hasSharedGroup = ({ registration, repositories }: ProjectConfig): boolean =>
  registration.kind === 'group' && repositories.length > 1;

function keptHosts(config: Config, pool: string, place: string): string {
  const usd = dearestHost(config, pool) * 24 * 30;
  return `${place}: hosts are kept for ever, at up to ${usd.toFixed(2)} USD each in 30 days; write 'release'`;
}
