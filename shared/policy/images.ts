// Images that machines start from, unless the configuration names others, and what is known of images.
import type { MachineImage, MacOs, PoolConfig } from './config.ts';

/**
 * AWS's Deep Learning Base GPU images: NVIDIA's driver, Docker and the container toolkit. Those on Amazon
 * Linux lack libicu, without which GitHub's runner does not start. That there is one for arm64 (G5g) is in
 * the release notes, but its parameter's name is not: `npm run doctor` looks whether it is there.
 * https://docs.aws.amazon.com/dlami/latest/devguide/appendix-ami-release-notes.html
 */
export const standardMachineImages: Record<PoolConfig['arch'], { parameter: string }> = {
  x64: {
    parameter: '/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-22.04/latest/ami-id',
  },
  arm64: {
    parameter: '/aws/service/deeplearning/ami/arm64/base-oss-nvidia-driver-gpu-ubuntu-22.04/latest/ami-id',
  },
};

export const isStandardMachineImage = (image: MachineImage): boolean =>
  'parameter' in image && image.parameter.startsWith('/aws/service/deeplearning/ami/');

/**
 * AWS's own images of macOS, which nobody is logged in on, so that jobs cannot open windows.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/macos-ami-overview.html
 */
export const standardMacImage = (macos: MacOs, arch: PoolConfig['arch']): { parameter: string } => ({
  parameter: `${macImageFolder(macos, arch)}latest/image_id`,
});

/** What the names of parameters begin with that AWS keeps of one macOS. */
export const macImageFolder = (macos: MacOs, arch: PoolConfig['arch']): string =>
  `/aws/service/ec2-macos/${macos}/${arch === 'x64' ? 'x86_64' : 'arm64'}_mac/`;

export const isStandardMacImage = (image: MachineImage): boolean =>
  'parameter' in image && image.parameter.startsWith('/aws/service/ec2-macos/');

type Traits = Pick<MachineImage, 'rootDevice' | 'user'>;

/** By a parameter of AWS, or of what `aws.images` makes. */
const known: readonly { named: RegExp; traits: Traits }[] = [
  {
    named: /^\/aws\/service\/(ami-amazon-linux-latest\/|.*amazon-linux-2023)/,
    traits: { rootDevice: '/dev/xvda', user: 'ec2-user' },
  },
  { named: /^\/imagebuilder\/callsheet\//, traits: { rootDevice: '/dev/sda1', user: 'rocky' } },
];

/** Does its name say what it is of? Parameters of AWS do, and of what `aws.images` makes, which is Linux. */
export const isTelling = (parameter: string): boolean =>
  /^\/(aws\/service|imagebuilder\/callsheet)\//.test(parameter);

/** Of AWS's images of macOS, and of those that are made from them. */
export const macTraits: Traits = { rootDevice: '/dev/sda1', user: 'ec2-user' };

const ubuntu: Traits = { rootDevice: '/dev/sda1', user: 'ubuntu' };

/** Of an image that a parameter names, if one does: what is not known here is taken for Ubuntu. */
export const usualTraits = (parameter = ''): Traits =>
  known.find(({ named }) => named.test(parameter))?.traits ?? ubuntu;

/** What Rocky Linux publishes: https://rockylinux.org/download (cloud images, AWS). */
export const rockyLinux = (arch: PoolConfig['arch']) => ({
  name: `Rocky-9-EC2-Base-9.*.${arch === 'x64' ? 'x86_64' : 'aarch64'}`,
  owner: '792107900819',
});
