// The CodeBuild stack: a project for each pool and size, and the one role of all builds.
import { CfnProject } from 'aws-cdk-lib/aws-codebuild';
import {
  type IRole,
  ManagedPolicy,
  PolicyDocument,
  type PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { type LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { installationTag, projectName } from '../../shared/contract/names.ts';
import type { CodeBuildRung } from '../../shared/policy/config.ts';
import { buildMinutes } from '../../shared/policy/rungs.ts';
import type { Config, PoolConfig } from '../../shared/policy/schema.ts';
import { environmentOf } from '../../shared/policy/sizes.ts';
import { projectsArn } from './access.ts';
import { buildspec } from './buildspec.ts';
import { declareLog, mayWrite } from './log.ts';

/** The control plane knows the projects by their names: the stacks do not refer to each other. */
export function codeBuildStack(scope: Construct, config: Config): Stack {
  const { installation } = config;
  const stack = new Stack(scope, `callsheet-${installation}-codebuild`, {
    description: `Callsheet '${installation}': projects of CodeBuild`,
    tags: { [installationTag]: installation },
  });
  const log = declareLog(stack, 'Log', { installation, what: 'builds', retention: RetentionDays.TWO_WEEKS });
  const role = buildRole(stack, installation, mayWrite(log));
  // In a scope of their own, since ids at the top of a stack lose their hyphens: `a-b` and `ab` would be one.
  const projects = new Construct(stack, 'Projects');
  for (const [pool, settings] of Object.entries(config.pools)) {
    for (const rung of settings.ladder) {
      if (rung.provider === 'codebuild')
        declareProject(projects, { installation, pool, settings, rung, role, log });
    }
  }
  return stack;
}

/**
 * Job code can fetch the credentials of this role, so it may write to the log of the builds and nothing else;
 * the boundary keeps it so whatever is attached to it later.
 */
function buildRole(scope: Construct, installation: string, writeLog: PolicyStatement): Role {
  const boundary = new ManagedPolicy(scope, 'Boundary', {
    description: 'The most that a build may do: write its log',
    document: new PolicyDocument({ statements: [writeLog] }),
  });
  return new Role(scope, 'BuildRole', {
    assumedBy: new ServicePrincipal('codebuild.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': Stack.of(scope).account },
        ArnLike: { 'aws:SourceArn': projectsArn(scope, installation) },
      },
    }),
    permissionsBoundary: boundary,
    inlinePolicies: { own: new PolicyDocument({ statements: [writeLog] }) },
  });
}

interface Project {
  installation: string;
  pool: string;
  settings: PoolConfig;
  rung: CodeBuildRung;
  role: IRole;
  log: LogGroup;
}

/** Without a limit on builds at once: beyond such a limit CodeBuild refuses what it would else queue. */
function declareProject(scope: Construct, { installation, pool, settings, rung, role, log }: Project): void {
  const { containers } = settings;
  new CfnProject(scope, `${pool} ${rung.size}`, {
    name: projectName(installation, pool, rung.size),
    description: `Builders of pool '${pool}', size '${rung.size}'`,
    serviceRole: role.roleArn,
    source: {
      type: 'NO_SOURCE',
      buildSpec: JSON.stringify(buildspec({ containers, gpu: rung.gpu })),
    },
    artifacts: { type: 'NO_ARTIFACTS' },
    environment: {
      type: environmentOf(rung, settings.arch),
      computeType: `BUILD_GENERAL1_${rung.size.toUpperCase()}`,
      image: rung.image,
      // AWS's own images are pulled by CodeBuild, all others by the role: from public registries only.
      imagePullCredentialsType: rung.image.startsWith('aws/codebuild/') ? 'CODEBUILD' : 'SERVICE_ROLE',
      privilegedMode: containers,
      environmentVariables: variablesOf(rung),
    },
    timeoutInMinutes: buildMinutes(settings),
    queuedTimeoutInMinutes: rung.patienceMinutes,
    badgeEnabled: false,
    logsConfig: { cloudWatchLogs: { status: 'ENABLED', groupName: log.logGroupName } },
  });
}

/** What the agent reads that is the same for all builds of a project; the buildspec adds the rest. */
const variablesOf = ({ user }: CodeBuildRung) =>
  Object.entries({
    CALLSHEET_PLATFORM: 'codebuild',
    ...(user && { CALLSHEET_USER: user }),
  }).map(([name, value]) => ({ name, value, type: 'PLAINTEXT' }));
