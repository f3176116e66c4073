// The stack of images: for each that is configured a pipeline of EC2 Image Builder, which makes it, tries it
// and hands it out, and a policy that removes old ones.
import { createHash } from 'node:crypto';
import * as builder from '@aws-cdk/aws-imagebuilder-alpha';
import { BlockDeviceVolume, EbsDeviceVolumeType, InstanceType } from 'aws-cdk-lib/aws-ec2';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { ParameterDataType, StringParameter } from 'aws-cdk-lib/aws-ssm';
import { CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { imageParameter, installationTag, pipelineName, resourceName } from '../../shared/contract/names.ts';
import type { Architecture, AwsConfig, ImageConfig } from '../../shared/policy/config.ts';
import type { Config } from '../../shared/policy/schema.ts';
import { baseOf } from './images/base.ts';
import { type ComponentDocument, setUp, tryOut } from './images/components.ts';
import { networkOf } from './images/network.ts';

/** How many of an image are kept: the one that machines start from, and the one before it. */
const kept = 2;

/** The cheapest with a whole GPU: images are built and tried on them. */
const instanceTypes: Record<Architecture, string> = { x64: 'g4dn.xlarge', arm64: 'g5g.xlarge' };

/** Undefined where no image is configured, as by default: each costs money all the time. */
export function imagesStack(scope: Construct, { installation, aws }: Config): Stack | undefined {
  const images = Object.entries(aws?.images ?? {});
  if (!aws || images.length === 0) return undefined;
  const stack = new Stack(scope, resourceName(installation, 'images'), {
    description: `Callsheet '${installation}': images of machines`,
    env: { region: aws.region },
    tags: { [installationTag]: installation },
  });
  const network = networkOf(stack, aws);
  // In a scope of their own, since ids at the top of a stack lose their hyphens: `a-b` and `ab` would be one.
  const pipelines = new Construct(stack, 'Images');
  for (const [name, image] of images) {
    const title = pipelineName(installation, name);
    declareImage(new Construct(pipelines, name), { installation, aws, name, title, image, network });
  }
  return stack;
}

interface Pipeline {
  installation: string;
  aws: AwsConfig;
  name: string;
  /** Of all that Image Builder has for it. */
  title: string;
  image: ImageConfig;
  network: ReturnType<typeof networkOf>;
}

function declareImage(scope: Construct, pipeline: Pipeline): void {
  const { installation, name, title, image } = pipeline;
  const recipe = declareRecipe(scope, pipeline);
  const made = new builder.ImagePipeline(scope, 'Pipeline', {
    imagePipelineName: title,
    description: `Makes the image '${name}'`,
    recipe,
    schedule: { expression: Schedule.expression(image.schedule) },
    infrastructureConfiguration: declareInfrastructure(scope, pipeline),
    distributionConfiguration: declareDistribution(scope, pipeline),
    imageTestsEnabled: true,
    imageScanningEnabled: false,
    enhancedImageMetadataEnabled: false,
    imageLogGroup: new LogGroup(scope, 'Log', {
      // Image Builder's own role may write logs with this beginning.
      logGroupName: `/aws/imagebuilder/${title}`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    }),
  });
  const tags = { [imageTag]: `${installation}/${name}` };
  // The construct has no property for it yet.
  const resource = made.node.defaultChild;
  if (CfnResource.isCfnResource(resource)) resource.addPropertyOverride('ImageTags', tags);
  new builder.LifecyclePolicy(scope, 'Old', {
    lifecyclePolicyName: title,
    description: `Removes the image '${name}', but for the newest ${kept}`,
    resourceType: builder.LifecyclePolicyResourceType.AMI_IMAGE,
    resourceSelection: { tags },
    details: [
      {
        action: { type: builder.LifecyclePolicyActionType.DELETE, includeAmis: true, includeSnapshots: true },
        filter: { countFilter: { count: kept } },
      },
    ],
  });
}

/** The tag on what a pipeline has made, by which old ones are found: `<installation>/<name>`. */
const imageTag = 'callsheet:image';

/** Recipes and components cannot be changed, so that each text is a version of its own. */
function declareRecipe(scope: Construct, pipeline: Pipeline): builder.ImageRecipe {
  const { image, name, title, installation } = pipeline;
  const documents = { 'set-up': setUp(image), 'try-out': tryOut() };
  const components = Object.entries(documents).map(([part, document]) => ({
    component: declareComponent(scope, `${title}-${part}`, document),
  }));
  const gibibytes = diskGiB(image);
  const version = versionOf({ base: image.base, documents, gibibytes });
  return new builder.ImageRecipe(scope, 'Recipe', {
    imageRecipeName: title,
    imageRecipeVersion: version,
    description: `The image '${name}'`,
    baseImage: baseOf(scope, { installation, image, version }),
    components,
    blockDevices: [
      {
        deviceName: '/dev/sda1',
        volume: BlockDeviceVolume.ebs(gibibytes, { volumeType: EbsDeviceVolumeType.GP3 }),
      },
    ],
    // Pools with `sessionManager` need it.
    uninstallSsmAgentAfterBuild: false,
  });
}

/** As JSON, which is YAML too. */
const declareComponent = (scope: Construct, name: string, document: ComponentDocument): builder.Component =>
  new builder.Component(scope, name, {
    componentName: name,
    componentVersion: versionOf(document),
    platform: builder.Platform.LINUX,
    data: builder.ComponentData.fromInline(JSON.stringify(document)),
  });

/**
 * The same for the same content. Its last part is below 2^30.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/ibhow-semantic-versioning.html
 */
const versionOf = (content: object): string => {
  const digest = createHash('sha256').update(JSON.stringify(content)).digest();
  return `1.0.${digest.readUInt32BE() >>> 2}`;
};

/** GiB of the image, which the pool's `diskGiB` must not be below: its system, and what is pulled into it. */
const diskGiB = ({ containers }: ImageConfig): number => 24 + 12 * containers.length;

function declareInfrastructure(scope: Construct, pipeline: Pipeline): builder.InfrastructureConfiguration {
  const { title, image, network } = pipeline;
  return new builder.InfrastructureConfiguration(scope, 'Infrastructure', {
    infrastructureConfigurationName: title,
    instanceTypes: [new InstanceType(instanceTypes[image.arch])],
    httpTokens: builder.HttpTokens.REQUIRED,
    httpPutResponseHopLimit: 1,
    terminateInstanceOnFailure: true,
    ...network,
  });
}

/** To each region where machines may start, and to the one where it is built. */
function declareDistribution(scope: Construct, pipeline: Pipeline): builder.DistributionConfiguration {
  const { installation, aws, name, title } = pipeline;
  const parameter = StringParameter.fromStringParameterName(
    scope,
    'Parameter',
    imageParameter(installation, name),
  );
  const regions = new Set([aws.region, ...Object.keys(aws.regions)]);
  return new builder.DistributionConfiguration(scope, 'Distribution', {
    distributionConfigurationName: title,
    amiDistributions: [...regions].map((region) => ({
      region,
      amiName: `${title} {{ imagebuilder:buildDate }}`,
      amiTags: { [installationTag]: installation, [imageTag]: `${installation}/${name}` },
      ssmParameters: [{ parameter, dataType: ParameterDataType.AWS_EC2_IMAGE }],
    })),
  });
}
