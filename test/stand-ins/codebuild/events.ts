// The events that CodeBuild sends to EventBridge, in their real shape.
// https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications-ref.html
import { randomUUID } from 'node:crypto';
import { type Build, isOver, type Phase, phaseOf, type Time, uuidOf } from './builds.ts';

export interface BuildEvent {
  version: '0';
  id: string;
  'detail-type': 'CodeBuild Build State Change' | 'CodeBuild Build Phase Change';
  source: 'aws.codebuild';
  account: string;
  /** ISO 8601, without milliseconds. */
  time: string;
  region: string;
  /** The build's ARN. */
  resources: string[];
  detail: Record<string, unknown>;
}

/** A build began, or ended. */
export const stateChange = (build: Build, now: Time): BuildEvent =>
  event('CodeBuild Build State Change', build, now, {
    'build-status': build.status,
    'current-phase': phaseOf(build),
    'current-phase-context': '[]',
  });

/** A phase of a build has ended. */
export const phaseChange = (build: Build, phase: Phase, now: Time): BuildEvent =>
  event('CodeBuild Build Phase Change', build, now, {
    'completed-phase': phase.type,
    'completed-phase-status': phase.status ?? 'SUCCEEDED',
    'completed-phase-context': '[]',
    'completed-phase-duration-seconds': Math.round(((phase.endedAt ?? now) - phase.startedAt) / 1000),
    'completed-phase-start': words(phase.startedAt),
    'completed-phase-end': words(phase.endedAt ?? now),
  });

function event(
  type: BuildEvent['detail-type'],
  build: Build,
  now: Time,
  more: Record<string, unknown>,
): BuildEvent {
  const [, , , region = '', account = ''] = build.arn.split(':');
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': type,
    source: 'aws.codebuild',
    account,
    time: new Date(now).toISOString().replace(/\.\d+Z$/, 'Z'),
    region,
    resources: [build.arn],
    detail: {
      ...more,
      'project-name': build.project,
      'build-id': build.arn,
      'additional-information': additional(build),
      version: '1',
    },
  };
}

const additional = (build: Build) => ({
  artifact: { location: '' },
  environment: {
    image: 'aws/codebuild/standard:7.0',
    'privileged-mode': false,
    'compute-type': 'BUILD_GENERAL1_SMALL',
    type: 'LINUX_CONTAINER',
    'environment-variables': build.variables,
  },
  'timeout-in-minutes': build.timeoutInMinutes,
  'build-complete': isOver(build),
  initiator: 'stand-in',
  'build-start-time': words(build.startedAt),
  source: { type: 'NO_SOURCE' },
  logs: { 'group-name': `/aws/codebuild/${build.project}`, 'stream-name': uuidOf(build) },
  phases: build.phases.map((phase) => ({
    'phase-type': phase.type,
    'start-time': words(phase.startedAt),
    ...(phase.endedAt !== undefined && {
      'phase-context': [],
      'end-time': words(phase.endedAt),
      'duration-in-seconds': Math.round((phase.endedAt - phase.startedAt) / 1000),
      'phase-status': phase.status ?? 'SUCCEEDED',
    }),
  })),
});

const clock = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' });

/** `Sep 1, 2017 4:12:29 PM`, in UTC. */
const words = (at: Time): string =>
  clock
    .format(at)
    .replaceAll('\u202f', ' ')
    .replace(/(\d{4}),/, '$1');
