// What the stand-in keeps of a build, and how CodeBuild writes it on the wire.

/** Milliseconds since 1970-01-01 UTC. */
export type Time = number;

export type EndStatus = 'SUCCEEDED' | 'FAILED' | 'STOPPED' | 'TIMED_OUT';
export type BuildStatus = 'IN_PROGRESS' | EndStatus;

/** https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BuildPhase.html */
export type PhaseType =
  | 'SUBMITTED'
  | 'QUEUED'
  | 'PROVISIONING'
  | 'DOWNLOAD_SOURCE'
  | 'INSTALL'
  | 'PRE_BUILD'
  | 'BUILD'
  | 'POST_BUILD'
  | 'UPLOAD_ARTIFACTS'
  | 'FINALIZING'
  | 'COMPLETED';

export interface Phase {
  type: PhaseType;
  startedAt: Time;
  endedAt?: Time;
  status?: EndStatus;
}

export interface Variable {
  name: string;
  value: string;
  type: 'PLAINTEXT' | 'PARAMETER_STORE' | 'SECRETS_MANAGER';
}

/** The project of builds, as far as the stand-in knows it. Times are minutes, as CodeBuild has them. */
export interface Project {
  /** Default: 60. */
  timeoutInMinutes?: number;
  /** Default: 480. */
  queuedTimeoutInMinutes?: number;
  /** Variables of the project itself: builds get these and their own. */
  variables?: Record<string, string>;
}

export interface Build {
  /** `project:uuid` */
  id: string;
  arn: string;
  number: number;
  project: string;
  variables: Variable[];
  status: BuildStatus;
  phases: Phase[];
  startedAt: Time;
  endedAt?: Time;
  timeoutInMinutes: number;
  queuedTimeoutInMinutes: number;
  /** Ends with the build: for those who run something as the build. */
  ending: AbortController;
}

/** The phase that a build is in. A build is never without one. */
export const phaseOf = (build: Build): PhaseType => build.phases.at(-1)?.type ?? 'SUBMITTED';

export const isOver = (build: Build): boolean => build.status !== 'IN_PROGRESS';

/** Its own part of `project:uuid`. */
export const uuidOf = (build: Build): string => build.id.split(':')[1] ?? '';

/** Seconds with fractions, as the JSON protocol writes times. */
const seconds = (at: Time | undefined): number | undefined => (at === undefined ? undefined : at / 1000);

/** The `build` of an answer. https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Build.html */
export const wireBuild = (build: Build) => ({
  id: build.id,
  arn: build.arn,
  buildNumber: build.number,
  startTime: seconds(build.startedAt),
  endTime: seconds(build.endedAt),
  currentPhase: phaseOf(build),
  buildStatus: build.status,
  projectName: build.project,
  phases: build.phases.map(({ type, startedAt, endedAt, status }) => ({
    phaseType: type,
    phaseStatus: status,
    startTime: seconds(startedAt),
    endTime: seconds(endedAt),
    durationInSeconds: endedAt === undefined ? undefined : Math.round((endedAt - startedAt) / 1000),
  })),
  source: { type: 'NO_SOURCE' },
  artifacts: { location: '' },
  cache: { type: 'NO_CACHE' },
  environment: {
    type: 'LINUX_CONTAINER',
    image: 'aws/codebuild/standard:7.0',
    computeType: 'BUILD_GENERAL1_SMALL',
    environmentVariables: build.variables,
    privilegedMode: false,
  },
  logs: { groupName: `/aws/codebuild/${build.project}`, streamName: uuidOf(build) },
  timeoutInMinutes: build.timeoutInMinutes,
  queuedTimeoutInMinutes: build.queuedTimeoutInMinutes,
  buildComplete: isOver(build),
  initiator: 'stand-in',
});
