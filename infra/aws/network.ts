// A region's network: public subnets that nobody reaches into, without any NAT, and with a short way to S3.
import {
  CfnInternetGateway,
  CfnRoute,
  CfnRouteTable,
  CfnSecurityGroup,
  CfnSubnet,
  CfnSubnetRouteTableAssociation,
  CfnVPCEndpoint,
  CfnVPCGatewayAttachment,
  IpAddresses,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';

const anywhere = '0.0.0.0/0';

/**
 * Answers the id of the VPC. `addresses`: machines get a public address from their subnet, as Macs do; others
 * have it from their launch template. Traffic with S3 goes through a gateway endpoint, which costs nothing.
 * CDK closes the default security group, which no machine of ours is in.
 */
export function declareNetwork(
  scope: Construct,
  { zones, addresses }: { zones: readonly string[]; addresses: boolean },
): string {
  const vpc = new Vpc(scope, 'Vpc', {
    ipAddresses: IpAddresses.cidr('10.40.0.0/16'),
    availabilityZones: [...zones],
    subnetConfiguration: [],
    restrictDefaultSecurityGroup: true,
  });
  const { vpcId } = vpc;
  const table = declareWayOut(scope, vpcId);
  const subnets = new Construct(scope, 'Subnets');
  for (const zone of zones) declareSubnet(subnets, zone, { vpcId, table, addresses });
  new CfnVPCEndpoint(scope, 'S3', {
    vpcId,
    vpcEndpointType: 'Gateway',
    serviceName: `com.amazonaws.${Stack.of(scope).region}.s3`,
    routeTableIds: [table],
  });
  return vpcId;
}

/** Answers the id of the route table. */
function declareWayOut(scope: Construct, vpcId: string): string {
  const gateway = new CfnInternetGateway(scope, 'Gateway');
  const attached = new CfnVPCGatewayAttachment(scope, 'Attached', {
    vpcId,
    internetGatewayId: gateway.ref,
  });
  const table = new CfnRouteTable(scope, 'Routes', { vpcId });
  new CfnRoute(scope, 'WayOut', {
    routeTableId: table.ref,
    destinationCidrBlock: anywhere,
    gatewayId: gateway.ref,
  }).addResourceDependency(attached);
  return table.ref;
}

/** Its addresses follow from the zone's letter, so that zones can come and go beside each other. */
function declareSubnet(
  scope: Construct,
  zone: string,
  { vpcId, table, addresses }: { vpcId: string; table: string; addresses: boolean },
): void {
  const block = zone.charCodeAt(zone.length - 1) - 'a'.charCodeAt(0);
  const subnet = new CfnSubnet(scope, zone, {
    vpcId,
    availabilityZone: zone,
    cidrBlock: `10.40.${block * 16}.0/20`,
    mapPublicIpOnLaunch: addresses,
  });
  new CfnSubnetRouteTableAssociation(scope, `${zone} routes`, {
    subnetId: subnet.ref,
    routeTableId: table,
  });
}

/** Lets machines out, and nobody in. Answers its id. */
export const declareSecurityGroup = (scope: Construct, vpcId: string): string =>
  new CfnSecurityGroup(scope, 'Builders', {
    vpcId,
    groupDescription: 'Builders: out to anywhere, in from nowhere',
    securityGroupEgress: [{ ipProtocol: '-1', cidrIp: anywhere, description: 'Out to anywhere' }],
  }).attrGroupId;
