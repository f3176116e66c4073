// Events of EC2 that say that a machine ends, or is about to: EC2 tells them of all machines of the account.
import { type IRuleTarget, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { resourceName } from '../../shared/contract/names.ts';

/** In the home region, also those that other regions send on: they keep their source and their region. */
export const wakeByMachines = (scope: Construct, installation: string, cloudEvents: LambdaFunction): void =>
  declareRules(scope, installation, new FunctionTarget(cloudEvents));

/**
 * Sends a region's events on to the default bus of the home region.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-region.html
 */
export function forwardMachineEvents(scope: Construct, installation: string, home: string): void {
  const stack = Stack.of(scope);
  const bus = stack.formatArn({
    service: 'events',
    region: home,
    resource: 'event-bus',
    resourceName: 'default',
  });
  const role = new Role(scope, 'ForwardRole', {
    assumedBy: new ServicePrincipal('events.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
    }),
    inlinePolicies: {
      own: new PolicyDocument({
        statements: [
          new PolicyStatement({ sid: 'Forward', actions: ['events:PutEvents'], resources: [bus] }),
        ],
      }),
    },
  });
  declareRules(scope, installation, { bind: () => ({ arn: bus, role }) });
}

/**
 * A machine that is stopped serves no job any more either. Before a spot machine is taken back there are two
 * minutes, mostly.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instance-state-changes.html
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
 */
function declareRules(scope: Construct, installation: string, target: IRuleTarget): void {
  const rule = (id: string, what: string, detailType: string, detail?: Record<string, string[]>) =>
    new Rule(scope, id, {
      ruleName: resourceName(installation, what),
      eventPattern: { source: ['aws.ec2'], detailType: [detailType], ...(detail && { detail }) },
      targets: [target],
    });
  rule('MachineStates', 'machine-states', 'EC2 Instance State-change Notification', {
    state: ['shutting-down', 'terminated', 'stopping', 'stopped'],
  });
  rule('SpotInterruptions', 'spot-interruptions', 'EC2 Spot Instance Interruption Warning');
}
