// Images that machines start from, unless the configuration names others.
import type { MachineImage, PoolConfig } from './config.ts';

/**
 * AWS's Deep Learning Base GPU images: NVIDIA's driver, Docker and the container toolkit.
 * https://docs.aws.amazon.com/dlami/latest/devguide/appendix-ami-release-notes.html
 */
export const standardMachineImages = {
  x64: {
    parameter: '/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-22.04/latest/ami-id',
    rootDevice: '/dev/sda1',
    user: 'ubuntu',
  },
  arm64: {
    parameter:
      '/aws/service/deeplearning/ami/arm64/base-oss-nvidia-driver-gpu-amazon-linux-2023/latest/ami-id',
    rootDevice: '/dev/xvda',
    user: 'ec2-user',
  },
} as const satisfies Record<PoolConfig['arch'], object>;

export const isStandardMachineImage = (image: MachineImage): boolean =>
  'parameter' in image && image.parameter.startsWith('/aws/service/deeplearning/ami/');

/** What Rocky Linux publishes: https://rockylinux.org/download (cloud images, AWS). */
export const rockyLinux = (arch: PoolConfig['arch']) => ({
  name: `Rocky-9-EC2-Base-9.*.${arch === 'x64' ? 'x86_64' : 'aarch64'}`,
  owner: '792107900819',
});
