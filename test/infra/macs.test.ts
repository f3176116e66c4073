// Macs in the stacks: what they are started from, and rights to hosts that only installations with Macs have.
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { advice } from '../../infra/aws/advice.ts';
import { macAdvice } from '../../shared/policy/mac-advice.ts';
import type { Config } from '../../shared/policy/schema.ts';
import { fillHosts, nobodyMayWithHosts, releaseHosts, seeHosts, seeResets } from './iam-hosts.ts';
import {
  deleteLeftovers,
  endMachines,
  nobodyMayWithMachines,
  seeInstances,
  seeLeftovers,
} from './iam-machines.ts';
import { type Role, rightsOf } from './iam-roles.ts';
import { type Expected, isSurelyAllowed, surprises } from './iam-simulation.ts';
import { installation } from './iam-template.ts';
import {
  appOf,
  filmConfig,
  lateConfig,
  machinesConfig,
  macsConfig,
  propertiesOf,
  synthesize,
} from './stage.ts';

const launchTemplate = z.object({ LaunchTemplateName: z.string(), LaunchTemplateData: z.looseObject({}) });
const region = 'us-east-1';

/** What Macs of the pool are started from. */
function templateOf(config: Config, where = region) {
  const template = synthesize(config).regions[where] ?? { Resources: {} };
  const found = Object.values(propertiesOf(template, 'AWS::EC2::LaunchTemplate'))
    .map((properties) => launchTemplate.parse(properties))
    .find(({ LaunchTemplateName }) => LaunchTemplateName === 'callsheet-film-mac.on-demand');
  if (!found) throw new Error(`no launch template of Macs in ${where}`);
  return found.LaunchTemplateData;
}

describe('a Mac', () => {
  const data = templateOf(macsConfig());

  it("is of AWS's newest image of its macOS, unless the pool names one", () => {
    expect(data.ImageId).toBe('resolve:ssm:/aws/service/ec2-macos/sequoia/arm64_mac/latest/image_id');
    const image = { ids: { [region]: 'ami-0aaaaaaaaaaaaaaaa' } };
    expect(templateOf(macsConfig({ machine: { image } })).ImageId).toBe('ami-0aaaaaaaaaaaaaaaa');
  });

  it('has a fast disk of the size of the pool, which goes with it', () => {
    const disk = { VolumeType: 'gp3', Iops: 3000, Throughput: 250 };
    const kept = { Encrypted: true, DeleteOnTermination: true };
    const diskOf = (gibibytes: number) => [
      { DeviceName: '/dev/sda1', Ebs: { ...disk, ...kept, VolumeSize: gibibytes } },
    ];
    expect(data.BlockDeviceMappings).toEqual(diskOf(100));
    const large = templateOf(macsConfig({ machine: { diskGiB: 300 } }));
    expect(large.BlockDeviceMappings).toEqual(diskOf(300));
  });

  it('is in our group, by a card of the subnet that the launch names', () => {
    expect(data.SecurityGroupIds).toEqual(['Builders.GroupId']);
    for (const key of ['NetworkInterfaces', 'Placement', 'InstanceType', 'KeyName'])
      expect(Object.keys(data)).not.toContain(key);
  });

  it('has no instance profile, unless the pool asks for one', () => {
    expect(data.IamInstanceProfile).toBeUndefined();
    const own = templateOf(macsConfig({ machine: { instanceProfile: 'mac-lab' } }));
    expect(own.IamInstanceProfile).toEqual({ Name: 'mac-lab' });
  });

  it('runs the agent of Macs', () => {
    const script = Buffer.from(String(data.UserData), 'base64').toString();
    expect(script).toMatch(/^#!\/bin\/sh\n/);
    expect(script).toContain("pool='mac'");
    expect(script).toContain("user='ec2-user' login=0");
    expect(script).toContain('CALLSHEET_PLATFORM=mac');
  });
});

describe('the subnets of Macs', () => {
  const addresses = (where: string) =>
    Object.values(
      propertiesOf(synthesize(macsConfig()).regions[where] ?? { Resources: {} }, 'AWS::EC2::Subnet'),
    ).map(({ MapPublicIpOnLaunch }) => MapPublicIpOnLaunch);

  it('give public addresses, and no others do', () => {
    expect(addresses('us-east-1')).toEqual([true, true, true]);
    expect(addresses('eu-central-1')).toEqual([false]);
  });
});

describe('rights to hosts', () => {
  const roleOf = (config: Config, name: string): Role => {
    const { controlPlane } = synthesize(config);
    const role = rightsOf([controlPlane]).roles.get(name);
    if (!role) throw new Error(`no role of ${name}`);
    return role;
  };
  const actionsOf = (config: Config, name: string): string[] =>
    roleOf(config, name)
      .policies.flatMap(({ Statement }) => Statement)
      .flatMap(({ Action }) => Action)
      .filter((action) => action.startsWith('ec2:'));
  const withoutMacs = () => {
    const { pools, projects, ...rest } = machinesConfig();
    const { mac, ...others } = pools;
    return { ...rest, pools: others, projects };
  };
  const left = [
    ['that keeps other machines', withoutMacs()],
    ['that keeps builds only', lateConfig()],
  ] as const;
  const surprisesOf = (config: Config, name: string, rows: Expected) =>
    surprises(roleOf({ ...config, installation }, name), [], rows);

  it.each(['dispatcher', 'reaper', 'builder-api'])('of %s are none where nothing is said of AWS', (name) => {
    expect(actionsOf(filmConfig(), name)).toEqual([]);
  });

  it.each(left)('let go of hosts and machines that are left, in an installation %s', async (_, config) => {
    const ends = [...endMachines, ...seeInstances, ...seeHosts];
    const mayNot = [...fillHosts, ...seeResets, ...nobodyMayWithHosts, ...nobodyMayWithMachines];
    const may = [...ends, ...releaseHosts];
    const leftovers = [...deleteLeftovers, ...seeLeftovers];
    const dispatcher = { may, mayNot: [...mayNot, ...leftovers] };
    expect(await surprisesOf(config, 'dispatcher', dispatcher)).toEqual([]);
    const reaper = { may: [...ends, ...leftovers], mayNot: [...mayNot, ...releaseHosts] };
    expect(await surprisesOf(config, 'reaper', reaper)).toEqual([]);
    const api = { may: [], mayNot: [...mayNot, ...endMachines, ...releaseHosts, ...seeHosts] };
    expect(await surprisesOf(config, 'builder-api', api)).toEqual([]);
  });

  it('start nothing where no pool has machines', async () => {
    expect(actionsOf(lateConfig(), 'dispatcher').sort()).toEqual([
      'ec2:DescribeHosts',
      'ec2:DescribeInstances',
      'ec2:ReleaseHosts',
      'ec2:TerminateInstances',
    ]);
    expect(actionsOf(lateConfig(), 'builder-api')).toEqual([]);
    expect(synthesize(lateConfig()).regions).toEqual({});
  });

  it('come without those to fleets and spot where there are only Macs', () => {
    const role = roleOf(macsConfig(), 'dispatcher');
    const said = JSON.stringify(role.policies);
    expect(said).toContain('ec2:AllocateHosts');
    expect(said).not.toMatch(/CreateFleet|fleet\/|spot/i);
    const types = (type: string) => {
      const context = {
        'aws:RequestTag/callsheet:installation': 'film',
        'ec2:MetadataHttpTokens': 'required',
        'ec2:InstanceType': type,
      };
      return isSurelyAllowed(role, [
        'ec2:RunInstances',
        `arn:aws:ec2:${region}:111122223333:instance/*`,
        context,
      ]);
    };
    expect(['mac2.metal', 'mac-m4.metal', 'mac2-m2.metal', 'g4dn.xlarge'].map(types)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('only look, for the reaper, and end machines and what they leave behind', () => {
    expect(actionsOf(macsConfig(), 'reaper').sort()).toEqual([
      'ec2:DeleteNetworkInterface',
      'ec2:DeleteVolume',
      'ec2:DescribeHosts',
      'ec2:DescribeInstances',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeVolumes',
      'ec2:TerminateInstances',
    ]);
    expect(actionsOf(macsConfig(), 'builder-api')).toEqual(['ec2:DescribeInstances']);
  });
});

describe('events of Macs', () => {
  it('wake cloud-events at home, and are sent on there from other regions', () => {
    const { controlPlane, regions } = synthesize(macsConfig());
    const names = (template: Parameters<typeof propertiesOf>[0]) =>
      Object.keys(propertiesOf(template, 'AWS::Events::Rule'));
    for (const template of [controlPlane, regions['eu-central-1'] ?? controlPlane])
      expect(names(template)).toContain('callsheet-film-machine-states');
  });
});

describe('Macs at synth', () => {
  it('tell what costs more than it seems', () => {
    const kept = macsConfig({ ladder: [{ provider: 'mac', afterwards: 'keep' }] });
    expect(macAdvice(kept)).not.toEqual([]);
    expect(advice(kept)).toEqual(expect.arrayContaining(macAdvice(kept)));
  });

  it('start nowhere where they could not prove who they are', () => {
    const regions = { [region]: {}, 'ap-east-2': { zones: ['ap-east-2a'], priceFactor: 1.4 } };
    const config = filmConfig({
      aws: { region, regions },
      pools: {
        mac: {
          labels: ['mac'],
          os: 'macos',
          arch: 'arm64',
          maximum: 1,
          trustedOnly: true,
          ladder: [{ provider: 'mac', region: 'ap-east-2' }],
        },
      },
      projects: { lights: { repositories: ['studio/lights'], pools: ['mac'], maxUsdPerDay: 100 } },
    });
    expect(() => appOf(config)).toThrow(/aws\.regions\.ap-east-2: the certificate/);
  });
});
