// The stack of a region in moto: it deploys, and its things are found as the provider finds them. (MiniStack
// deploys it too, and forgets the tags of subnets.)
import {
  DescribeLaunchTemplateVersionsCommand,
  DescribeSubnetsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { templateName } from '../../shared/contract/machine.ts';
import { installationTag } from '../../shared/contract/names.ts';
import { appOf, machinesConfig } from '../infra/stage.ts';
import { deployable, readAssembly } from './assembly.ts';
import { createStack } from './deploy.ts';
import { credentials, region, type StandIn, startMoto } from './stand-ins.ts';

let moto: StandIn;
let ec2: EC2Client;
beforeAll(async () => {
  moto = await startMoto();
  ec2 = new EC2Client({ endpoint: moto.url, region, credentials });
  const stacks = readAssembly(appOf(machinesConfig()).synth().directory);
  const home = stacks.filter(({ name }) => name === `callsheet-film-ec2-${region}`);
  for (const stack of home) {
    // moto does not understand the check of the bootstrap's version.
    const { Resources } = deployable(stack).template;
    await createStack(moto.url, { ...stack, template: { Resources } });
  }
});
afterAll(() => moto.close());

it('has a subnet in each zone, with the tag of the installation', async () => {
  const Filters = [{ Name: `tag:${installationTag}`, Values: ['film'] }];
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ Filters }));
  expect(Subnets.map(({ AvailabilityZone, CidrBlock }) => [AvailabilityZone, CidrBlock]).sort()).toEqual([
    ['us-east-1a', '10.40.0.0/20'],
    ['us-east-1c', '10.40.32.0/20'],
    ['us-east-1f', '10.40.80.0/20'],
  ]);
});

it.each(['spot', 'on-demand'] as const)(
  'has a launch template for %s machines, by its name',
  async (market) => {
    const LaunchTemplateName = templateName('film', 'optix', market);
    const { LaunchTemplateVersions: [latest] = [] } = await ec2.send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName, Versions: ['$Latest'] }),
    );
    expect(latest?.LaunchTemplateData).toMatchObject({
      ImageId: expect.stringMatching(/^resolve:ssm:/),
      InstanceInitiatedShutdownBehavior: 'terminate',
      MetadataOptions: { HttpTokens: 'required' },
    });
  },
);
