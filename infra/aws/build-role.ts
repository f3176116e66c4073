// The roles of builds: each may fill the log streams of its own project, and do nothing else.
import { ManagedPolicy, PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Stack, Tags } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { projectArn } from './access.ts';
import { mayWriteStreams } from './log.ts';

/** The tag of a build's role: its streams begin with the value and a slash. The boundary reads it. */
export const streamTag = 'callsheet-stream';

/** What begins the names of the streams of the role that asks. */
const ownStreams = `\${aws:PrincipalTag/${streamTag}}`;

/**
 * The most that a build may do, whatever is attached to its role later. One for all roles: the tag of a role,
 * which no build may change, says whose streams are meant. Without the tag it allows nothing.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export const declareBoundary = (scope: Construct, installation: string): ManagedPolicy =>
  new ManagedPolicy(scope, 'Boundary', {
    description: 'The most that a build may do: write its log',
    document: new PolicyDocument({
      statements: [mayWriteStreams(scope, { installation, what: 'builds', prefix: ownStreams })],
    }),
  });

export interface BuildRole {
  installation: string;
  /** The only project whose builds may take it. */
  project: string;
  /** What begins the names of its log streams. */
  stream: string;
  boundary: ManagedPolicy;
}

/**
 * Job code can fetch the credentials of this role. It may not create a log group, as AWS's example of such a
 * role may: that is for groups that are not there yet, and CDK leaves it out too for a group that one names.
 * https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html
 */
export function declareBuildRole(scope: Construct, id: string, props: BuildRole): Role {
  const { installation, project, stream, boundary } = props;
  const writeLog = mayWriteStreams(scope, { installation, what: 'builds', prefix: stream });
  const role = new Role(scope, id, {
    assumedBy: new ServicePrincipal('codebuild.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': Stack.of(scope).account },
        ArnEquals: { 'aws:SourceArn': projectArn(scope, project) },
      },
    }),
    permissionsBoundary: boundary,
    inlinePolicies: { own: new PolicyDocument({ statements: [writeLog] }) },
  });
  Tags.of(role).add(streamTag, stream);
  return role;
}
