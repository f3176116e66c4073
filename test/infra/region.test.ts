// The stacks of regions: networks that nobody reaches into, and templates whose machines leave nothing behind.
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { regions } from '../../shared/policy/regions.ts';
import { account, resourcesOf, type Template } from './iam-template.ts';
import { appOf, filmConfig, machinesConfig, propertiesOf, synthesize, travellingConfig } from './stage.ts';

const film = synthesize(machinesConfig());
const names = Object.keys(film.regions);

function regionOf(name: string): Template {
  const template = film.regions[name];
  if (!template) throw new Error(`no stack for ${name}`);
  return template;
}
const all = (name: string, type: string) => Object.values(propertiesOf(regionOf(name), type));
const typesOf = (name: string) => new Set(resourcesOf(regionOf(name)).map(({ type }) => type));

const tags = z.array(z.object({ Key: z.string(), Value: z.string() }));
const launchTemplate = z.object({
  LaunchTemplateName: z.string(),
  TagSpecifications: z.array(z.object({ ResourceType: z.string(), Tags: tags })),
  LaunchTemplateData: z.looseObject({
    ImageId: z.optional(z.string()),
    UserData: z.string(),
    IamInstanceProfile: z.optional(z.unknown()),
    BlockDeviceMappings: z.array(z.object({ DeviceName: z.string(), Ebs: z.looseObject({}) })),
    NetworkInterfaces: z.array(z.looseObject({ Groups: z.array(z.string()) })),
    TagSpecifications: z.array(z.object({ ResourceType: z.string(), Tags: tags })),
  }),
});
const templatesOf = (name: string) =>
  new Map(
    all(name, 'AWS::EC2::LaunchTemplate').map((properties) => {
      const { LaunchTemplateName, ...said } = launchTemplate.parse(properties);
      return [LaunchTemplateName.replace('callsheet-film-', ''), said];
    }),
  );
const templates = names.flatMap((name) =>
  [...templatesOf(name)].map(([what, said]) => ({ name, what, ...said, data: said.LaunchTemplateData })),
);
const dataOf = (name: string, what: string) => {
  const found = templatesOf(name).get(what);
  if (!found) throw new Error(`${name} has no template ${what}`);
  return found.LaunchTemplateData;
};

describe('the stacks', () => {
  it('are one for each region of the configuration', () => {
    expect(names).toEqual(['eu-central-1', 'us-east-1', 'us-west-2']);
  });

  it('are none where no rung is of EC2, with or without regions', () => {
    expect(synthesize(filmConfig()).regions).toEqual({});
    expect(synthesize(filmConfig({ aws: { region: 'us-east-1' } })).regions).toEqual({});
  });

  it('stand each in its region, and all others at home', () => {
    const { stacks } = appOf(machinesConfig()).synth();
    const places = stacks.map(({ stackName, environment }) => [stackName, environment.region]);
    expect(Object.fromEntries(places)).toEqual({
      'callsheet-film': 'us-east-1',
      'callsheet-film-codebuild': 'us-east-1',
      'callsheet-film-ec2-us-east-1': 'us-east-1',
      'callsheet-film-ec2-eu-central-1': 'eu-central-1',
      'callsheet-film-ec2-us-west-2': 'us-west-2',
    });
  });

  it('are deployed before the functions that launch', () => {
    const assembly = appOf(machinesConfig()).synth();
    const before = assembly.getStackArtifact('callsheet-film').dependencies.map(({ id }) => id);
    for (const name of names) expect(before).toContain(`callsheet-film-ec2-${name}`);
  });

  it('export nothing, import nothing and look nothing up: they know of each other by names', () => {
    const everything = [film.controlPlane, film.codeBuild, ...Object.values(film.regions)];
    for (const template of everything) {
      expect(JSON.stringify(template)).not.toMatch(/ImportValue|"Export"|GetStackOutput|Custom::CrossRegion/);
      expect(Object.keys(Object(Reflect.get(template, 'Parameters')))).toEqual(['BootstrapVersion']);
    }
    for (const name of names) expect(Reflect.get(regionOf(name), 'Outputs')).toBeUndefined();
  });

  it('have a few resources each, in the region with the most zones too', () => {
    const { 'us-east-1': most } = synthesize(travellingConfig(['us-east-1'])).regions;
    expect(resourcesOf(most ?? { Resources: {} }).length).toBeLessThanOrEqual(30);
  });
});

describe.each(['us-east-1', 'eu-central-1'])('the network of %s', (name) => {
  it('has a public subnet in each zone, found by the tag, that gives no address by itself', () => {
    const subnets = all(name, 'AWS::EC2::Subnet');
    expect(subnets.map(({ AvailabilityZone }) => AvailabilityZone)).toEqual(
      { 'us-east-1': ['us-east-1a', 'us-east-1c', 'us-east-1f'], 'eu-central-1': ['eu-central-1b'] }[name],
    );
    for (const subnet of subnets) {
      expect(subnet).toMatchObject({ MapPublicIpOnLaunch: false });
      expect(subnet.Tags).toContainEqual({ Key: 'callsheet:installation', Value: 'film' });
    }
    expect(all(name, 'AWS::EC2::SubnetRouteTableAssociation')).toHaveLength(subnets.length);
    expect(all(name, 'AWS::EC2::Route')).toMatchObject([
      { DestinationCidrBlock: '0.0.0.0/0', GatewayId: 'Gateway' },
    ]);
  });

  it('has neither NAT nor addresses that are kept, and a way to S3 that costs nothing', () => {
    for (const type of ['AWS::EC2::NatGateway', 'AWS::EC2::EIP']) expect(typesOf(name)).not.toContain(type);
    expect(all(name, 'AWS::EC2::VPCEndpoint')).toMatchObject([
      { VpcEndpointType: 'Gateway', ServiceName: `com.amazonaws.${name}.s3`, RouteTableIds: ['Routes'] },
    ]);
  });

  it('has its default security group closed, by a function that may do that and no more', () => {
    const [closing] = all(name, 'Custom::VpcRestrictDefaultSG');
    const group = String(closing?.DefaultSecurityGroupId);
    expect(group).toMatch(/^Vpc\w+\.DefaultSecurityGroup$/);
    const [rights] = Object.entries(propertiesOf(regionOf(name), 'AWS::IAM::Role'))
      .filter(([id]) => id.startsWith('CustomVpcRestrictDefaultSG'))
      .map(([, { Policies }]) => Policies);
    const verbs = ['Authorize', 'Revoke'];
    expect(rights).toMatchObject([
      {
        PolicyDocument: {
          Statement: [
            {
              Action: verbs.flatMap((verb) =>
                ['Ingress', 'Egress'].map((way) => `ec2:${verb}SecurityGroup${way}`),
              ),
              Resource: [`arn:aws:ec2:${name}:${account}:security-group/${group}`],
            },
          ],
        },
      },
    ]);
  });
});

describe('the addresses of a subnet', () => {
  it('are those of its zone, whichever zones stand beside it, so that zones can come and go', () => {
    const blocks = (zones: string[]) => {
      const aws = { region: 'us-east-1', regions: { 'us-east-1': { zones } } };
      const { pools } = machinesConfig();
      const { lab } = pools;
      const config = filmConfig({
        aws,
        pools: { lab },
        projects: { lights: { repositories: ['studio/lights'], pools: ['lab'] } },
      });
      const template = synthesize(config).regions['us-east-1'] ?? { Resources: {} };
      return Object.values(propertiesOf(template, 'AWS::EC2::Subnet')).map((subnet) => [
        subnet.AvailabilityZone,
        subnet.CidrBlock,
      ]);
    };
    const before = blocks(['us-east-1a', 'us-east-1c']);
    expect(before).toEqual([
      ['us-east-1a', '10.40.0.0/20'],
      ['us-east-1c', '10.40.32.0/20'],
    ]);
    expect(blocks(['us-east-1f', 'us-east-1c', 'us-east-1b', 'us-east-1a'])).toEqual(
      expect.arrayContaining(before),
    );
  });
});

describe('a network that was there before', () => {
  it('gets a security group and templates, and is not touched', () => {
    expect([...typesOf('us-west-2')].filter((type) => type.startsWith('AWS::EC2::'))).toEqual([
      'AWS::EC2::SecurityGroup',
      'AWS::EC2::LaunchTemplate',
    ]);
    expect(all('us-west-2', 'AWS::EC2::SecurityGroup')).toMatchObject([{ VpcId: 'vpc-0aaaaaaaaaaaaaaaa' }]);
  });
});

describe.each(names)('the security group of %s', (name) => {
  it('lets nobody in, and machines out', () => {
    const [group, ...more] = all(name, 'AWS::EC2::SecurityGroup');
    expect(more).toEqual([]);
    expect(Object.keys(group ?? {})).not.toContain('SecurityGroupIngress');
    expect(group).toMatchObject({ SecurityGroupEgress: [{ IpProtocol: '-1', CidrIp: '0.0.0.0/0' }] });
    for (const way of ['Ingress', 'Egress'])
      expect(typesOf(name)).not.toContain(`AWS::EC2::SecurityGroup${way}`);
  });
});

describe('launch templates', () => {
  it('are one for each pool and market in a region that its rungs name', () => {
    expect(names.map((name) => [name, [...templatesOf(name).keys()]])).toEqual([
      ['eu-central-1', ['optix.on-demand', 'own.spot']],
      ['us-east-1', ['optix.spot', 'optix.on-demand', 'lab.on-demand']],
      ['us-west-2', ['vault.on-demand']],
    ]);
  });

  it.each(templates)(
    '$what in $name leaves nothing behind: machine, disk and card go together',
    ({ data }) => {
      expect(data.InstanceInitiatedShutdownBehavior).toBe('terminate');
      expect(data.BlockDeviceMappings).toMatchObject([
        { Ebs: { DeleteOnTermination: true, Encrypted: true, VolumeType: 'gp3' } },
      ]);
      expect(data.NetworkInterfaces).toMatchObject([{ DeviceIndex: 0, DeleteOnTermination: true }]);
    },
  );

  it.each(templates)('$what in $name asks for tokens, one hop away, and shows tags', ({ data }) => {
    expect(data.MetadataOptions).toEqual({
      HttpEndpoint: 'enabled',
      HttpTokens: 'required',
      HttpPutResponseHopLimit: 1,
      InstanceMetadataTags: 'enabled',
    });
  });

  it.each(templates)('$what in $name puts machines into our group, in the subnet of the launch', (each) => {
    expect(each.data.NetworkInterfaces.map(({ Groups }) => Groups)).toEqual([['Builders.GroupId']]);
    expect(each.data.NetworkInterfaces).toMatchObject([
      { AssociatePublicIpAddress: each.name !== 'us-west-2' },
    ]);
    expect(JSON.stringify(each.data)).not.toContain('SubnetId');
    for (const key of ['SecurityGroupIds', 'KeyName', 'InstanceType', 'InstanceMarketOptions'])
      expect(Object.keys(each.data)).not.toContain(key);
  });

  it.each(templates)('$what in $name tags all that it makes, requests for spot machines too', (each) => {
    const [pool = '', market] = each.what.split('.');
    const made = ['instance', 'volume', 'network-interface'];
    if (market === 'spot') made.push('spot-instances-request');
    expect(each.data.TagSpecifications.map(({ ResourceType }) => ResourceType)).toEqual(made);
    expect(each.TagSpecifications.map(({ ResourceType }) => ResourceType)).toEqual(['launch-template']);
    for (const { Tags } of [...each.data.TagSpecifications, ...each.TagSpecifications])
      expect(Tags).toEqual([
        { Key: 'callsheet:installation', Value: 'film' },
        { Key: 'callsheet:pool', Value: pool },
      ]);
  });

  it.each([
    ['us-east-1', 'optix.spot', /^resolve:ssm:\/aws\/service\/deeplearning\//, '/dev/sda1', 100],
    ['eu-central-1', 'own.spot', /^resolve:ssm:\/film\/images\/own$/, '/dev/sda1', 100],
    ['us-east-1', 'lab.on-demand', /^ami-0aaaaaaaaaaaaaaaa$/, '/dev/xvda', 250],
  ])('%s %s: the image and the disk that the pool names', (name, what, image, device, gigabytes) => {
    const { ImageId, BlockDeviceMappings } = dataOf(name, what);
    expect(ImageId).toMatch(image);
    expect(BlockDeviceMappings).toMatchObject([{ DeviceName: device, Ebs: { VolumeSize: gigabytes } }]);
  });

  it('leave an image that is the newest of a name to the launch', () => {
    expect(dataOf('us-west-2', 'vault.on-demand').ImageId).toBeUndefined();
  });

  it.each([
    ['us-east-1', 'optix.spot', undefined],
    ['us-east-1', 'optix.on-demand', undefined],
    ['eu-central-1', 'own.spot', undefined],
    ['us-east-1', 'lab.on-demand', { Name: 'lab-machines' }],
    ['us-west-2', 'vault.on-demand', { Name: 'callsheet-film-shells-us-west-2' }],
  ])('%s %s: no instance profile, unless the pool asks for one', (name, what, profile) => {
    expect(dataOf(name, what).IamInstanceProfile).toEqual(profile);
  });

  it('run the agent for the age of the pool: boot, pick-up, job, clean-up and a margin', () => {
    const script = (name: string, what: string) =>
      Buffer.from(dataOf(name, what).UserData, 'base64').toString();
    expect(script('us-east-1', 'optix.spot')).toMatch(/^#!\/bin\/sh\n/);
    expect(script('us-east-1', 'optix.spot')).toContain("pool='optix' age_minutes=85");
    expect(script('us-east-1', 'optix.spot')).toContain("user='ubuntu' docker=1");
    expect(script('us-east-1', 'lab.on-demand')).toContain("user='lab' docker=0");
    expect(script('us-east-1', 'optix.on-demand')).toBe(script('eu-central-1', 'optix.on-demand'));
  });
});

describe('shells', () => {
  it('have a role and a profile where a pool asks for them, for machines only', () => {
    const [role] = all('us-west-2', 'AWS::IAM::Role').filter(({ RoleName }) => RoleName);
    expect(role).toMatchObject({
      RoleName: 'callsheet-film-shells-us-west-2',
      AssumeRolePolicyDocument: { Statement: [{ Principal: { Service: 'ec2.amazonaws.com' } }] },
    });
    expect(all('us-west-2', 'AWS::IAM::InstanceProfile')).toMatchObject([
      { InstanceProfileName: 'callsheet-film-shells-us-west-2', Roles: ['callsheet-film-shells-us-west-2'] },
    ]);
    for (const name of ['us-east-1', 'eu-central-1'])
      expect(typesOf(name)).not.toContain('AWS::IAM::InstanceProfile');
  });

  it('may open their channels, and read nothing', () => {
    const [role] = all('us-west-2', 'AWS::IAM::Role').filter(({ RoleName }) => RoleName);
    expect(role?.Policies).toMatchObject([
      {
        PolicyDocument: {
          Statement: [
            {
              Action: [
                'ssm:UpdateInstanceInformation',
                ...['CreateControl', 'CreateData', 'OpenControl', 'OpenData'].map(
                  (what) => `ssmmessages:${what}Channel`,
                ),
              ],
            },
          ],
        },
      },
    ]);
    expect(Object.keys(role ?? {})).not.toContain('ManagedPolicyArns');
  });
});

describe('the rights of a role', () => {
  /** IAM counts no white space. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
  const largest = 10_240;
  const policies = z._default(z.array(z.object({ PolicyDocument: z.unknown() })), []);

  it('fit into it, with machines in all regions that there are', () => {
    const { controlPlane } = synthesize(travellingConfig(Object.keys(regions)));
    const sizes = Object.values(propertiesOf(controlPlane, 'AWS::IAM::Role')).map(({ Policies }) =>
      policies.parse(Policies).reduce((sum, each) => sum + JSON.stringify(each.PolicyDocument).length, 0),
    );
    expect(Math.max(...sizes)).toBeGreaterThan(5000);
    expect(Math.max(...sizes)).toBeLessThan(largest);
  });
});
