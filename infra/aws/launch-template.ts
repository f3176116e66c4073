// What a pool's machines are started from: image, disk, network card, metadata, tags, and boot.
import { CfnLaunchTemplate } from 'aws-cdk-lib/aws-ec2';
import { Fn } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { machineTags, templateName } from '../../shared/contract/machine.ts';
import type { MachineImage, PoolConfig } from '../../shared/policy/config.ts';
import type { Start } from './machines.ts';
import { userData } from './user-data.ts';

export interface StartProps extends Start {
  installation: string;
  /** Id of the security group. */
  group: string;
  /** Machines get an address that the internet can answer. */
  publicAddress: boolean;
  /** Name of the instance profile. */
  profile: string | undefined;
}

/**
 * The provider adds what differs between launches: types, zones, subnets, tags, and the image where the pool
 * asks for the newest of a name. A machine that shuts itself down is gone, and takes its disk along. Its
 * metadata answer with a session token only, and one hop away: not to containers, unless they have the host's
 * network.
 */
export function declareLaunchTemplate(scope: Construct, id: string, props: StartProps): CfnLaunchTemplate {
  const { installation, pool, settings, region, market, group, publicAddress, profile } = props;
  const { image, diskGiB } = settings.machine;
  const tags = [
    { key: machineTags.installation, value: installation },
    { key: machineTags.pool, value: pool },
  ];
  const tagged = ['instance', 'volume', 'network-interface'];
  if (market === 'spot') tagged.push('spot-instances-request');
  return new CfnLaunchTemplate(scope, id, {
    launchTemplateName: templateName(installation, pool, market),
    tagSpecifications: [{ resourceType: 'launch-template', tags }],
    launchTemplateData: {
      imageId: imageOf(image, region),
      userData: Fn.base64(userDataOf(installation, pool, settings)),
      ...(profile !== undefined && { iamInstanceProfile: { name: profile } }),
      instanceInitiatedShutdownBehavior: 'terminate',
      metadataOptions: {
        httpEndpoint: 'enabled',
        httpTokens: 'required',
        httpPutResponseHopLimit: 1,
        instanceMetadataTags: 'enabled',
      },
      // Further volumes of the image keep their own setting, also to outlive the machine: the doctor looks.
      blockDeviceMappings: [
        {
          deviceName: image.rootDevice,
          ebs: { volumeType: 'gp3', volumeSize: diskGiB, encrypted: true, deleteOnTermination: true },
        },
      ],
      networkInterfaces: [
        {
          deviceIndex: 0,
          groups: [group],
          associatePublicIpAddress: publicAddress,
          deleteOnTermination: true,
        },
      ],
      tagSpecifications: tagged.map((resourceType) => ({ resourceType, tags })),
    },
  });
}

/**
 * EC2 looks a parameter up at each launch.
 * https://docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html
 */
function imageOf(image: MachineImage, region: string): string | undefined {
  if ('parameter' in image) return `resolve:ssm:${image.parameter}`;
  return 'ids' in image ? image.ids[region] : undefined;
}

/** Minutes beside boot and job: to be picked up by a job, to clean up, and for clocks that differ. */
const restMinutes = 3 * 5;

const userDataOf = (installation: string, pool: string, settings: PoolConfig): string =>
  userData({
    installation,
    pool,
    ageMinutes: settings.bootLimitMinutes + settings.jobLimitMinutes + restMinutes,
    user: settings.machine.image.user,
    containers: settings.containers,
  });
