// The CodeBuild projects of a configuration: one for each size of a pool.
import { projectName } from '../../contract/names.ts';
import { poolNamed } from '../../policy/lookup.ts';
import type { Config, PoolConfig } from '../../policy/schema.ts';

/** Names of all projects of the installation. */
export const codeBuildProjects = (config: Config): string[] =>
  Object.entries(config.pools).flatMap(([pool, { ladder }]) =>
    ladder.flatMap((_, rung) => nameOf(config, pool, ladder, rung) ?? []),
  );

/** The project of a pool's rung. Throws when that is no rung of CodeBuild. */
export function projectOf(config: Config, pool: string, rung: number): string {
  const name = nameOf(config, pool, poolNamed(config, pool)?.ladder ?? [], rung);
  if (name === undefined) throw new Error(`pool ${pool} has no rung ${rung} of CodeBuild`);
  return name;
}

function nameOf(
  config: Config,
  pool: string,
  ladder: PoolConfig['ladder'],
  rung: number,
): string | undefined {
  const found = ladder[rung];
  return found?.provider === 'codebuild' ? projectName(config.installation, pool, found.size) : undefined;
}
