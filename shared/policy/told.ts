// What jobs and people are told of a rung: its name, whose GPUs its builders have, whether windows open.
import type { PoolConfig, Rung } from './config.ts';

/** Whose GPUs a builder has, as its job is told: `none` on a rung without any. */
export type Gpus = 'none' | 'nvidia' | 'amd';

/** Builders on one's own computer count as having none: nobody has promised any. */
export function gpuOf(rung: Rung): Gpus {
  switch (rung.provider) {
    case 'local':
    case 'mac':
      return 'none';
    case 'codebuild':
      return rung.gpu ? 'nvidia' : 'none';
    case 'ec2':
      return rung.needs.gpus === 0 ? 'none' : rung.needs.vendor;
  }
}

/** May a job open windows? Only Macs are asked, and only those with an image that logs a user in. */
export const windowServerOf = (rung: Rung): boolean => rung.provider === 'mac' && rung.windowServer;

/**
 * A rung's name: its number from 1, and what it is, as `1-ec2-spot` or `3-codebuild-gpu`. The number alone
 * for a rung that the configuration no longer has. `index`: from 0.
 */
export function rungName({ ladder }: Pick<PoolConfig, 'ladder'>, index: number): string {
  const rung = ladder[index];
  return rung ? `${index + 1}-${kindOf(rung)}` : String(index + 1);
}

function kindOf(rung: Rung): string {
  switch (rung.provider) {
    case 'local':
    case 'mac':
      return rung.provider;
    case 'codebuild':
      return rung.gpu ? 'codebuild-gpu' : 'codebuild';
    case 'ec2':
      return `ec2-${rung.market}`;
  }
}
