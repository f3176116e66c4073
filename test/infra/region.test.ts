// The stacks of regions: where they stand, their networks that nobody reaches into, and shells on machines.
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
  it('has a public subnet in each zone, found by the tag, that gives addresses where there are Macs', () => {
    const subnets = all(name, 'AWS::EC2::Subnet');
    expect(subnets.map(({ AvailabilityZone }) => AvailabilityZone)).toEqual(
      { 'us-east-1': ['us-east-1a', 'us-east-1c', 'us-east-1f'], 'eu-central-1': ['eu-central-1b'] }[name],
    );
    for (const subnet of subnets) {
      expect(subnet).toMatchObject({ MapPublicIpOnLaunch: name === 'us-east-1' });
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
