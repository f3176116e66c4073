// What a pool's machines are started from: image, disk, network card, metadata, tags, and boot.
import { CfnLaunchTemplate } from 'aws-cdk-lib/aws-ec2';
import { Fn } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { machineTags, templateName } from '../../shared/contract/machine.ts';
import type { MachineImage } from '../../shared/policy/config.ts';
import type { MacStart, Start } from './machines.ts';
import { macUserData, userData } from './user-data.ts';

export interface StartProps extends Start {
  installation: string;
  /** Id of the security group. */
  group: string;
  /** Machines of fleets get an address that the internet can answer; Macs have it from their subnet. */
  publicAddress: boolean;
  /** Name of the instance profile. */
  profile: string | undefined;
}

/** The provider adds types, zones and subnets: those that the fleet may choose from. */
export const declareFleetTemplate = (scope: Construct, id: string, props: StartProps): CfnLaunchTemplate =>
  declareTemplate(scope, id, props, {
    userData: userDataOf(props),
    networkInterfaces: [
      {
        deviceIndex: 0,
        groups: [props.group],
        associatePublicIpAddress: props.publicAddress,
        deleteOnTermination: true,
      },
    ],
  });

/**
 * The provider adds type, host and subnet. A card would have to stand here together with its subnet, so there
 * is none: EC2 makes one, and it goes with the machine. The boot of a Mac waits for its disk, so that has
 * twice the 125 MiB/s that are in the price of gp3 (as 3,000 IOPS are): for about 0.04 USD for each MiB/s and
 * month more, which is 5 USD for a Mac that is there all the month.
 * https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html
 */
export const declareMacTemplate = (
  scope: Construct,
  id: string,
  props: StartProps & MacStart,
): CfnLaunchTemplate =>
  declareTemplate(scope, id, props, {
    userData: macUserDataOf(props),
    securityGroupIds: [props.group],
    disk: { iops: 3000, throughput: 250 },
  });

interface Own
  extends Pick<CfnLaunchTemplate.LaunchTemplateDataProperty, 'networkInterfaces' | 'securityGroupIds'> {
  userData: string;
  disk?: Pick<CfnLaunchTemplate.EbsProperty, 'iops' | 'throughput'>;
}

/**
 * The provider adds what differs between launches: beside the above tags, and the image where the pool asks
 * for the newest of a name. A machine that shuts itself down is gone, and takes its disk along. Its metadata
 * answer with a session token only, and one hop away: not to containers, unless they have the host's network.
 */
function declareTemplate(
  scope: Construct,
  id: string,
  { installation, pool, settings, region, market, profile }: StartProps,
  { userData, disk, ...card }: Own,
): CfnLaunchTemplate {
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
      userData: Fn.base64(userData),
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
          ebs: {
            volumeType: 'gp3',
            volumeSize: diskGiB,
            encrypted: true,
            deleteOnTermination: true,
            ...disk,
          },
        },
      ],
      ...card,
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

type Booting = Pick<StartProps, 'installation' | 'pool' | 'settings'>;

/** Minutes beside boot and job: to be picked up by a job, to clean up, and for clocks that differ. */
const restMinutes = 3 * 5;

const userDataOf = ({ installation, pool, settings }: Booting): string =>
  userData({
    installation,
    pool,
    ageMinutes: settings.bootLimitMinutes + settings.jobLimitMinutes + restMinutes,
    user: settings.machine.image.user,
    containers: settings.containers,
  });

const macUserDataOf = ({ installation, pool, settings, rung }: Booting & MacStart): string =>
  macUserData({
    installation,
    pool,
    user: settings.machine.image.user,
    windowServer: rung.windowServer,
  });
