// Images of machines: what is taken where the configuration names none, or says no more than that.
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../shared/policy/schema.ts';
import { withMac, withPool } from './sample.ts';

const rung = { provider: 'ec2', types: ['g4dn.xlarge'] };
const aws = { region: 'us-east-1', images: { rocky9: {} } };
const imageOf = (image: object) =>
  parseConfig({ ...withPool({ ladder: [rung], machine: { image } }), aws }).pools.gpu?.machine.image;

const learning = '/aws/service/deeplearning/ami';
const ubuntu = { rootDevice: '/dev/sda1', user: 'ubuntu' };
const amazonLinux = { rootDevice: '/dev/xvda', user: 'ec2-user' };
const rocky = { rootDevice: '/dev/sda1', user: 'rocky' };

describe('the image of Macs', () => {
  const imageOfMacs = (rung: object, pool: object = {}) => {
    const { mac } = parseConfig(withMac({ ladder: [{ provider: 'mac', ...rung }], ...pool })).pools;
    return mac?.machine.image;
  };
  const macOs = { rootDevice: '/dev/sda1', user: 'ec2-user', drivers: ['datacenter'] };

  it.each([
    ['arm64', 'tahoe', 'tahoe/arm64_mac'],
    ['x64', 'sonoma', 'sonoma/x86_64_mac'],
    ['arm64', undefined, 'sequoia/arm64_mac'],
  ])("is AWS's own for %s with macOS %s", (arch, macos, folder) => {
    const parameter = `/aws/service/ec2-macos/${folder}/latest/image_id`;
    expect(imageOfMacs({ macos }, { arch })).toEqual({ parameter, ...macOs });
  });

  it("that is yours is taken for one that was made from AWS's", () => {
    const ids = { 'us-east-1': 'ami-0123456789abcdef0' };
    expect(imageOfMacs({}, { machine: { image: { ids } } })).toEqual({ ids, ...macOs });
    expect(imageOfMacs({}, { machine: { image: { ids, user: 'lab' } } })).toMatchObject({ user: 'lab' });
  });
});

describe('an image', () => {
  it.each([
    ['x64', 'g4dn.xlarge', 'x86_64'],
    ['arm64', 'g5g.xlarge', 'arm64'],
  ])("is AWS's own on Ubuntu, for %s", (arch, type, folder) => {
    const { pools } = parseConfig(withPool({ arch, ladder: [{ ...rung, types: [type] }] }));
    expect(pools.gpu?.machine.image).toEqual({
      parameter: `${learning}/${folder}/base-oss-nvidia-driver-gpu-ubuntu-22.04/latest/ami-id`,
      ...ubuntu,
      drivers: ['datacenter'],
    });
  });

  it.each<[string, object]>([
    [`${learning}/arm64/base-oss-nvidia-driver-gpu-ubuntu-24.04/latest/ami-id`, ubuntu],
    ['/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id', ubuntu],
    ['/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64', amazonLinux],
    [`${learning}/x86_64/base-oss-nvidia-driver-gpu-amazon-linux-2023/latest/ami-id`, amazonLinux],
    ['/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id', amazonLinux],
    ['/imagebuilder/callsheet/test/rocky9', rocky],
    ['/imagebuilder/studio/rocky9', ubuntu],
    ['/studio/image', ubuntu],
  ])('of the parameter %s has the device and the user of its system', (parameter, traits) => {
    expect(imageOf({ parameter })).toEqual({ parameter, ...traits, drivers: ['datacenter'] });
  });

  it('by its name or ids is taken for Ubuntu', () => {
    expect(imageOf({ name: 'studio-*', owner: 'amazon' })).toMatchObject(ubuntu);
    expect(imageOf({ ids: { 'us-east-1': 'ami-00000001' } })).toMatchObject(ubuntu);
  });

  it('has what is said of it', () => {
    const said = { rootDevice: '/dev/sdb', user: 'lab', drivers: ['grid', 'datacenter'] };
    const parameter = '/imagebuilder/callsheet/test/rocky9';
    expect(imageOf({ parameter, ...said })).toEqual({ parameter, ...said });
    expect(imageOf({ parameter, rootDevice: '/dev/sdb' })).toMatchObject({
      ...rocky,
      rootDevice: '/dev/sdb',
    });
    expect(imageOf({ parameter, rootDevice: undefined, user: undefined })).toMatchObject(rocky);
  });
});
