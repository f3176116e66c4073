// What machines are started from: nothing is left behind, nobody gets in, and everything is tagged.
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { machinesConfig, propertiesOf, synthesize } from './stage.ts';

const { regions } = synthesize(machinesConfig());
const names = Object.keys(regions);

const tags = z.array(z.object({ Key: z.string(), Value: z.string() }));
const launchTemplate = z.object({
  LaunchTemplateName: z.string(),
  TagSpecifications: z.array(z.object({ ResourceType: z.string(), Tags: tags })),
  LaunchTemplateData: z.looseObject({
    ImageId: z.optional(z.string()),
    UserData: z.string(),
    IamInstanceProfile: z.optional(z.unknown()),
    BlockDeviceMappings: z.array(z.object({ DeviceName: z.string(), Ebs: z.looseObject({}) })),
    NetworkInterfaces: z.optional(z.array(z.looseObject({ Groups: z.array(z.string()) }))),
    TagSpecifications: z.array(z.object({ ResourceType: z.string(), Tags: tags })),
  }),
});
const templatesOf = (name: string) =>
  new Map(
    Object.values(propertiesOf(regions[name] ?? { Resources: {} }, 'AWS::EC2::LaunchTemplate')).map(
      (properties) => {
        const { LaunchTemplateName, ...said } = launchTemplate.parse(properties);
        return [LaunchTemplateName.replace('callsheet-film-', ''), said];
      },
    ),
  );
const templates = names.flatMap((name) =>
  [...templatesOf(name)].map(([what, said]) => ({ name, what, ...said, data: said.LaunchTemplateData })),
);
const ofFleets = templates.filter(({ what }) => what !== 'mac.on-demand');
const dataOf = (name: string, what: string) => {
  const found = templatesOf(name).get(what);
  if (!found) throw new Error(`${name} has no template ${what}`);
  return found.LaunchTemplateData;
};

describe('launch templates', () => {
  it('are one for each pool and market in a region that its rungs name', () => {
    expect(names.map((name) => [name, [...templatesOf(name).keys()]])).toEqual([
      ['eu-central-1', ['optix.on-demand', 'own.spot']],
      ['us-east-1', ['optix.spot', 'optix.on-demand', 'lab.on-demand', 'mac.on-demand']],
      ['us-west-2', ['vault.on-demand']],
    ]);
  });

  it.each(templates)('$what in $name leaves nothing behind: machine and disk go together', ({ data }) => {
    expect(data.InstanceInitiatedShutdownBehavior).toBe('terminate');
    expect(data.BlockDeviceMappings).toMatchObject([
      { Ebs: { DeleteOnTermination: true, Encrypted: true, VolumeType: 'gp3' } },
    ]);
  });

  it.each(ofFleets)('$what in $name leaves no card behind', ({ data }) => {
    expect(data.NetworkInterfaces).toMatchObject([{ DeviceIndex: 0, DeleteOnTermination: true }]);
  });

  it.each(templates)('$what in $name asks for tokens, one hop away, and shows tags', ({ data }) => {
    expect(data.MetadataOptions).toEqual({
      HttpEndpoint: 'enabled',
      HttpTokens: 'required',
      HttpPutResponseHopLimit: 1,
      InstanceMetadataTags: 'enabled',
    });
  });

  it.each(ofFleets)('$what in $name puts machines into our group, in the subnet of the launch', (each) => {
    expect(each.data.NetworkInterfaces).toMatchObject([
      { Groups: ['Builders.GroupId'], AssociatePublicIpAddress: each.name !== 'us-west-2' },
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
