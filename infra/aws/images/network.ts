// Where images are built: in the home region's VPC that is configured, else in the account's default VPC.
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import type { AwsConfig } from '../../../shared/policy/config.ts';

/** Empty for the default VPC. Builds must reach the internet: by a public address, or through a NAT. */
export function networkOf(scope: Construct, { region, regions }: AwsConfig) {
  const existing = regions[region]?.vpc;
  const [first] = Object.entries(existing?.subnets ?? {});
  if (!existing || !first) return {};
  const [zone, subnet] = first;
  const vpc = Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId: existing.id,
    availabilityZones: [zone],
    publicSubnetIds: [subnet],
  });
  const description = 'Builds of images: out to anywhere, in from nowhere';
  return { vpc, securityGroups: [new SecurityGroup(scope, 'Builds', { vpc, description })] };
}
