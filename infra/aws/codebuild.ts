// The CodeBuild stack: a project for each pool and size, with a role of its own, and the log of all builds.
import { CfnProject } from 'aws-cdk-lib/aws-codebuild';
import type { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { type LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { installationTag, projectName } from '../../shared/contract/names.ts';
import type { CodeBuildRung } from '../../shared/policy/config.ts';
import { buildMinutes } from '../../shared/policy/rungs.ts';
import type { Config, PoolConfig } from '../../shared/policy/schema.ts';
import { environmentOf } from '../../shared/policy/sizes.ts';
import { declareBoundary, declareBuildRole } from './build-role.ts';
import { buildspec } from './buildspec.ts';
import { declareLog } from './log.ts';

/** The control plane knows the projects by their names: the stacks do not refer to each other. */
export function codeBuildStack(scope: Construct, config: Config): Stack {
  const { installation, aws } = config;
  const stack = new Stack(scope, `callsheet-${installation}-codebuild`, {
    description: `Callsheet '${installation}': projects of CodeBuild`,
    ...(aws && { env: { region: aws.region } }),
    tags: { [installationTag]: installation },
  });
  const log = declareLog(stack, 'Log', { installation, what: 'builds', retention: RetentionDays.TWO_WEEKS });
  const boundary = declareBoundary(stack, installation);
  // In a scope of their own, since ids at the top of a stack lose their hyphens: `a-b` and `ab` would be one.
  const projects = new Construct(stack, 'Projects');
  for (const offer of offersOf(config)) {
    declareProject(projects, { ...offer, installation, boundary, log });
  }
  return stack;
}

/** A rung of CodeBuild, with its pool. */
interface Offer {
  pool: string;
  settings: PoolConfig;
  rung: CodeBuildRung;
}

const offersOf = ({ pools }: Config): Offer[] =>
  Object.entries(pools).flatMap(([pool, settings]) =>
    settings.ladder.flatMap((rung) => (rung.provider === 'codebuild' ? [{ pool, settings, rung }] : [])),
  );

/** No size has a hyphen, so no two are the same; with the slash, none begins another. */
const streamPrefix = ({ pool, rung }: Offer): string => `${pool}-${rung.size}`;

/** What begins the names of the log streams of each project. */
export const streamPrefixes = (config: Config): string[] => offersOf(config).map(streamPrefix);

interface Project extends Offer {
  installation: string;
  boundary: ManagedPolicy;
  log: LogGroup;
}

/**
 * The project and its role. Without a limit on builds at once: beyond such a limit CodeBuild refuses what it
 * would else queue.
 */
function declareProject(scope: Construct, props: Project): void {
  const { installation, pool, settings, rung, boundary, log } = props;
  const { containers } = settings;
  const project = projectName(installation, pool, rung.size);
  const stream = streamPrefix(props);
  const role = declareBuildRole(scope, `${pool} ${rung.size} role`, {
    installation,
    project,
    stream,
    boundary,
  });
  new CfnProject(scope, `${pool} ${rung.size}`, {
    name: project,
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
    // CodeBuild makes it the stream `<stream>/<id of the build>`.
    // https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CloudWatchLogsConfig.html
    logsConfig: {
      cloudWatchLogs: { status: 'ENABLED', groupName: log.logGroupName, streamName: stream },
    },
  });
}

/** What the agent reads that is the same for all builds of a project; the buildspec adds the rest. */
const variablesOf = ({ user }: CodeBuildRung) =>
  Object.entries({
    CALLSHEET_PLATFORM: 'codebuild',
    ...(user && { CALLSHEET_USER: user }),
  }).map(([name, value]) => ({ name, value, type: 'PLAINTEXT' }));
