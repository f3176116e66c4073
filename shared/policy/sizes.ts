// The sizes of CodeBuild's machines, and what they cost.

/**
 * One size of one kind of environment. Prices are those of us-east-1 on 2026-11-21, for each minute begun.
 * https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-compute-types.html
 */
export interface CodeBuildSize {
  vCpus: number;
  memoryGiB: number;
  diskGB: number;
  gpus: number;
  /** Absent: not known here, so that the configuration must say it. */
  usdPerMinute?: number;
}

export const codeBuildSizeNames = ['small', 'medium', 'large', 'xlarge', '2xlarge'] as const;
export type CodeBuildSizeName = (typeof codeBuildSizeNames)[number];

/** Names of environments are CodeBuild's own. */
export type CodeBuildEnvironment = 'LINUX_CONTAINER' | 'ARM_CONTAINER' | 'LINUX_GPU_CONTAINER';

type Sizes = { readonly [size in CodeBuildSizeName]?: CodeBuildSize };

const size = (vCpus: number, memoryGiB: number, diskGB: number, usdPerMinute?: number, gpus = 0) => ({
  vCpus,
  memoryGiB,
  diskGB,
  gpus,
  ...(usdPerMinute !== undefined && { usdPerMinute }),
});

/** What exists: a GPU environment has two sizes, with one A10G and with four V100. */
export const codeBuildSizes: Readonly<Record<CodeBuildEnvironment, Sizes>> = {
  LINUX_CONTAINER: {
    small: size(2, 3, 64, 0.005),
    medium: size(4, 7, 128, 0.01),
    large: size(8, 15, 128, 0.02),
    xlarge: size(36, 70, 256),
    '2xlarge': size(72, 145, 824, 0.25),
  },
  ARM_CONTAINER: {
    small: size(2, 4, 64, 0.0034),
    medium: size(4, 8, 128),
    large: size(8, 16, 128, 0.015),
    xlarge: size(32, 64, 256),
    '2xlarge': size(48, 96, 824),
  },
  LINUX_GPU_CONTAINER: {
    small: size(4, 16, 220, undefined, 1),
    large: size(32, 255, 50, undefined, 4),
  },
};

/** The environment that a rung runs in. */
export const environmentOf = (rung: { gpu: boolean }, arch: 'x64' | 'arm64'): CodeBuildEnvironment =>
  rung.gpu ? 'LINUX_GPU_CONTAINER' : arch === 'arm64' ? 'ARM_CONTAINER' : 'LINUX_CONTAINER';
