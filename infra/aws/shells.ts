// The instance profile with which admins can open shells on machines, for pools that ask for it.
import {
  CfnInstanceProfile,
  PolicyDocument,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/**
 * `name`: of the role, and of the profile with it. The role has the least that Session Manager takes. Every
 * job of the pool can use its credentials too: with them it can pose as its machine to Systems Manager, and
 * see what is typed into shells that are opened to it. They read no parameter, no file and no machine. AWS's
 * own policy, AmazonSSMManagedInstanceCore, would let jobs read all parameters of the account that are not
 * secret.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-getting-started.html
 */
export function declareShells(scope: Construct, name: string): void {
  const role = new Role(scope, 'ShellRole', {
    roleName: name,
    assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
    inlinePolicies: {
      own: new PolicyDocument({
        statements: [
          new PolicyStatement({
            sid: 'Shells',
            actions: [
              'ssm:UpdateInstanceInformation',
              'ssmmessages:CreateControlChannel',
              'ssmmessages:CreateDataChannel',
              'ssmmessages:OpenControlChannel',
              'ssmmessages:OpenDataChannel',
            ],
            resources: ['*'],
          }),
        ],
      }),
    },
  });
  new CfnInstanceProfile(scope, 'ShellProfile', { instanceProfileName: name, roles: [role.roleName] });
}
