// Regions: what is filled in, and what is refused, each with its place and its remedy.
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../shared/policy/schema.ts';
import { problemsOf, sampleInput } from './sample.ts';

const awsOf = (aws: object) => parseConfig({ ...sampleInput, aws }).aws;
const withRegion = (name: string, region: object) => ({
  region: 'us-east-1',
  regions: { 'us-east-1': {}, [name]: region },
});
const vpc = { id: 'vpc-0123456789abcdef0', subnets: { 'eu-west-1b': 'subnet-0123456789abcdef0' } };

describe('what an admin leaves out of the regions', () => {
  it('is the home region, with all its zones', () => {
    const zones = ['a', 'b', 'c', 'd', 'f'].map((letter) => `us-east-1${letter}`);
    expect(awsOf({ region: 'us-east-1' })).toEqual({
      region: 'us-east-1',
      regions: { 'us-east-1': { zones, vpc: undefined, priceFactor: 1 } },
      images: {},
    });
  });

  it('is known of a region, or told by its subnets', () => {
    const own = awsOf(withRegion('eu-west-1', { vpc }))?.regions['eu-west-1'];
    expect(own).toEqual({ zones: ['eu-west-1b'], vpc: { ...vpc, nat: false }, priceFactor: 1.12 });
  });

  it('has no default where nothing is known', () => {
    const said = { zones: ['me-south-1a'], priceFactor: 1.3 };
    expect(awsOf(withRegion('me-south-1', said))?.regions['me-south-1']).toMatchObject(said);
  });

  it('is a base for images', () => {
    const images = { osl: { arch: 'arm64' }, ocio: { base: { parameter: '/images/base' } } };
    expect(awsOf({ region: 'us-east-1', images })?.images).toMatchObject({
      osl: { base: { name: 'Rocky-9-EC2-Base-9.*.aarch64', owner: '792107900819' }, packages: [] },
      ocio: { arch: 'x64', base: { parameter: '/images/base' } },
    });
  });
});

describe('a region is refused', () => {
  it.each<[string, object, string[]]>([
    [
      'without zones and prices where nothing is known',
      withRegion('me-south-1', {}),
      [
        'me-south-1.zones: is missing; nothing is known of this region ' +
          "(did you mean 'ap-south-1'?), give the names of its zones",
        'me-south-1.priceFactor: is missing; nothing is known of this region ' +
          "(did you mean 'ap-south-1'?), give its prices against us-east-1",
      ],
    ],
    [
      "with another region's zone",
      withRegion('eu-west-1', { zones: ['eu-west-1a', 'eu-west-2a'] }),
      ["eu-west-1.zones[1]: 'eu-west-2a' is no zone of eu-west-1; name one, such as 'eu-west-1a'"],
    ],
    [
      'with a zone twice',
      withRegion('eu-west-1', { zones: ['eu-west-1a', 'eu-west-1a'] }),
      ["eu-west-1.zones[1]: 'eu-west-1a' is named twice; name it once"],
    ],
    [
      'with subnets for other zones',
      withRegion('eu-west-1', { vpc, zones: ['eu-west-1a'] }),
      [
        "eu-west-1.vpc.subnets: lacks 'eu-west-1a'; give its subnet, or remove the zone",
        'eu-west-1.vpc.subnets.eu-west-1b: is no zone in use; add it to zones, or remove the subnet',
      ],
    ],
    [
      'without subnets',
      withRegion('eu-west-1', { vpc: { ...vpc, subnets: {} } }),
      ['eu-west-1.vpc.subnets: is empty; describe at least one zone'],
    ],
    [
      'with a strange factor',
      withRegion('eu-west-1', { priceFactor: 9 }),
      ['eu-west-1.priceFactor: 9 is refused; give a number from 0.5 to 5'],
    ],
  ])('%s', (_, aws, problems) => {
    expect(problemsOf({ aws })).toEqual(problems.map((problem) => `aws.regions.${problem}`));
  });

  it('when it is the home region, and missing', () => {
    expect(problemsOf({ aws: { region: 'us-east-1', regions: { 'us-east-2': {} } } })).toEqual([
      "aws.regions: lacks the home region; add 'us-east-1': {}",
    ]);
  });
});
