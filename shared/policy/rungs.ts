// What must be true of a pool's rungs of CodeBuild. Each check answers problems: place, then remedy.
import type { CodeBuildRung, PoolConfig } from './config.ts';
import { codeBuildSizes, environmentOf } from './sizes.ts';

/** AWS's own images with Docker, a user `codebuild-user`, and what GitHub's runner needs. */
const standardImages = {
  x64: 'aws/codebuild/standard:7.0',
  arm64: 'aws/codebuild/amazonlinux-aarch64-standard:3.0',
} as const;

export const standardImage = (arch: PoolConfig['arch']): string => standardImages[arch];

/** Minutes that a build may run. https://docs.aws.amazon.com/codebuild/latest/userguide/limits.html */
const longestBuildMinutes = 2160;

/** Ready limit and grace, which a builder needs beside its boot and its job. */
const restMinutes = 10;

/** Minutes after which a builder of the pool is ended whatever it does. */
export const builderMinutes = ({ bootLimitMinutes, jobLimitMinutes }: PoolConfig): number =>
  bootLimitMinutes + jobLimitMinutes + restMinutes;

/** Minutes after which CodeBuild itself ends a build of this pool. */
export const buildMinutes = (pool: PoolConfig): number => Math.min(longestBuildMinutes, builderMinutes(pool));

/** All problems of one pool's rungs of CodeBuild. `place`: `pools.<name>`. */
export function codeBuildProblems(place: string, pool: PoolConfig): string[] {
  const sizes = new Map<string, number>();
  return pool.ladder.flatMap((rung, index) => {
    if (rung.provider !== 'codebuild') return [];
    const here = `${place}.ladder[${index}]`;
    const first = sizes.get(rung.size);
    sizes.set(rung.size, first ?? index);
    return [
      ...poolProblems(here, pool),
      ...(first === undefined
        ? rungProblems(here, pool, rung)
        : [`${here}.size: '${rung.size}' is also ladder[${first}]; give each rung its own size`]),
    ];
  });
}

function poolProblems(here: string, pool: PoolConfig): string[] {
  const room = longestBuildMinutes - pool.bootLimitMinutes - restMinutes;
  return [
    ...(pool.os === 'linux'
      ? []
      : [`${here}: CodeBuild builders are Linux, the pool is ${pool.os}; remove it`]),
    ...(pool.jobLimitMinutes <= room
      ? []
      : [`${here}: a build lasts 36 hours at most; lower the pool's jobLimitMinutes to ${room}`]),
  ];
}

function rungProblems(here: string, pool: PoolConfig, rung: CodeBuildRung): string[] {
  const size = codeBuildSizes[environmentOf(rung, pool.arch)][rung.size];
  if (rung.gpu && pool.arch !== 'x64') return [`${here}.gpu: CodeBuild's GPUs are x64; remove the rung`];
  if (!size)
    return [`${here}.size: CodeBuild has GPUs in the sizes 'small' and 'large' only; take one of them`];
  return [
    ...(rung.gpu && pool.containers
      ? [`${here}.gpu: jobs cannot use containers there; write containers: false in the pool`]
      : []),
    ...(rung.gpu && rung.image === standardImage(pool.arch)
      ? [`${here}.image: is missing; a GPU needs an image with CUDA, such as 'aswf/ci-ocio:2025'`]
      : []),
    ...(rung.usdPerMinute === undefined && size.usdPerMinute === undefined
      ? [`${here}.usdPerMinute: is missing; no price is known for this size, give that of your region`]
      : []),
  ];
}
