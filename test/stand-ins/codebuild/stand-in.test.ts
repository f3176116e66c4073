// The stand-in of CodeBuild does what CodeBuild's documents say, as far as Callsheet relies on it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import type { BuildEvent } from './events.ts';
import { type CodeBuildStandIn, codeBuildStandIn } from './stand-in.ts';
import type { Operation } from './trouble.ts';
import type { RunningBuild } from './world.ts';

const minute = 60_000;

const wire = z.object({
  id: z.string(),
  buildStatus: z.string(),
  currentPhase: z.string(),
  buildComplete: z.boolean(),
  startTime: z.number(),
  phases: z.array(z.object({ phaseType: z.string(), endTime: z.optional(z.number()) })),
});
const reply = z.object({
  __type: z.optional(z.string()),
  build: z.optional(wire),
  builds: z._default(z.array(wire), []),
  buildsNotFound: z.optional(z.array(z.string())),
  ids: z._default(z.array(z.string()), []),
  nextToken: z.optional(z.string()),
});

let now: number;
let cloud: CodeBuildStandIn;
let events: BuildEvent[];
let running: RunningBuild[];

beforeEach(async () => {
  now = Date.parse('2026-11-21T16:12:29Z');
  events = [];
  running = [];
  cloud = await codeBuildStandIn({
    now: () => now,
    projects: {
      one: { queuedTimeoutInMinutes: 5, timeoutInMinutes: 30, variables: { PLATFORM: 'codebuild' } },
    },
    onEvent: (event) => events.push(structuredClone(event)),
    onStart: (build) => {
      running.push(build);
      return undefined;
    },
  });
});
afterEach(() => cloud.close());

function call(operation: Operation, body: object) {
  const answer = cloud.answer(`CodeBuild_20161006.${operation}`, JSON.stringify(body));
  if (answer === 'lost') throw new Error('the answer is lost');
  return reply.parse(JSON.parse(answer.body));
}
const start = (idempotencyToken?: string, value = 'x') =>
  call('StartBuild', {
    projectName: 'one',
    environmentVariablesOverride: [{ name: 'NAME', value, type: 'PLAINTEXT' }],
    idempotencyToken,
  });
const look = (id = '') => call('BatchGetBuilds', { ids: [id] }).builds[0];

describe('tokens', () => {
  it('find the build for five minutes, however it goes on, and then start another', () => {
    const first = start('token').build?.id;
    cloud.end(first ?? '', 'FAILED');
    now += 5 * minute - 1;
    expect(start('token').build).toMatchObject({ id: first, buildStatus: 'FAILED' });
    now += 1;
    expect(start('token').build?.id).not.toBe(first);
    expect(cloud.builds()).toHaveLength(2);
  });

  it('are refused with other parameters; without one every call starts a build', () => {
    start('token');
    expect(start('token', 'y').__type).toBe('InvalidInputException');
    start();
    start();
    expect(cloud.builds()).toHaveLength(3);
  });

  it('find the build whose answer was lost', () => {
    cloud.trouble.lose = (_, nth) => nth === 1;
    expect(() => start('token')).toThrow('lost');
    expect(start('token').build?.id).toBe(cloud.builds()[0]?.id);
  });
});

describe('a build', () => {
  it('waits for room, gets a machine, runs, and ends', () => {
    cloud.trouble.room = 1;
    cloud.trouble.provisionMs = minute;
    const [first, second] = [start().build?.id, start().build?.id];
    expect(look(first)).toMatchObject({ currentPhase: 'PROVISIONING', startTime: now / 1000 });
    now += minute;
    expect(look(first)?.currentPhase).toBe('BUILD');
    expect(look(second)).toMatchObject({ currentPhase: 'QUEUED', buildStatus: 'IN_PROGRESS' });
    cloud.end(first ?? '', 'SUCCEEDED');
    expect(look(first)).toMatchObject({ currentPhase: 'COMPLETED', buildComplete: true });
    expect(look(second)?.phases).toMatchObject([
      { phaseType: 'SUBMITTED' },
      { phaseType: 'QUEUED', endTime: now / 1000 },
      { phaseType: 'PROVISIONING' },
    ]);
  });

  it('is dropped when it has queued, or run, for too long', () => {
    cloud.trouble.room = 1;
    const [first, second] = [start().build?.id, start().build?.id];
    now += 5 * minute;
    expect(look(second)?.buildStatus).toBe('TIMED_OUT');
    expect(look(first)?.buildStatus).toBe('IN_PROGRESS');
    now += 25 * minute;
    expect(look(first)?.buildStatus).toBe('TIMED_OUT');
  });

  it('is refused when the queue is full: five times what may run', () => {
    cloud.trouble.room = 2;
    const answers = Array.from({ length: 13 }, () => start().__type);
    expect(answers.filter((type) => type === undefined)).toHaveLength(12);
    expect(answers.at(-1)).toBe('AccountLimitExceededException');
  });

  it('can be run by others, who learn that it was stopped', () => {
    const { build } = start();
    expect(running[0]?.variables).toEqual({ NAME: 'x', PLATFORM: 'codebuild' });
    expect(running[0]?.ended.aborted).toBe(false);
    expect(call('StopBuild', { id: build?.id }).build?.buildStatus).toBe('STOPPED');
    expect(running[0]?.ended.aborted).toBe(true);
    expect(call('StopBuild', { id: build?.id }).build?.buildStatus).toBe('STOPPED');
  });

  it('tells its life in events, with its variables', () => {
    const { build } = start();
    now += minute;
    cloud.end(build?.id ?? '', 'FAILED');
    const states = events.filter((event) => event['detail-type'] === 'CodeBuild Build State Change');
    expect(states.map(({ detail }) => detail['build-status'])).toEqual(['IN_PROGRESS', 'FAILED']);
    const phases = events.filter((event) => event['detail-type'] === 'CodeBuild Build Phase Change');
    expect(phases.map(({ detail }) => detail['completed-phase'])).toEqual([
      ...['SUBMITTED', 'QUEUED', 'PROVISIONING', 'DOWNLOAD_SOURCE', 'INSTALL', 'PRE_BUILD', 'BUILD'],
    ]);
    expect(states.at(-1)).toMatchObject({
      source: 'aws.codebuild',
      time: '2026-11-21T16:13:29Z',
      detail: {
        'build-id': `arn:aws:codebuild:us-east-1:111122223333:build/${build?.id}`,
        'project-name': 'one',
        'current-phase': 'COMPLETED',
        'additional-information': {
          'build-complete': true,
          'build-start-time': 'Nov 21, 2026 4:12:29 PM',
          environment: {
            'environment-variables': [
              { name: 'PLATFORM', value: 'codebuild', type: 'PLAINTEXT' },
              { name: 'NAME', value: 'x', type: 'PLAINTEXT' },
            ],
          },
        },
      },
    });
  });
});

describe('lists', () => {
  it('are pages of a hundred, newest first, and no new build moves them', () => {
    const ids = Array.from({ length: 150 }, () => start().build?.id ?? '').reverse();
    const page = call('ListBuildsForProject', { projectName: 'one' });
    expect(page.ids).toEqual(ids.slice(0, 100));
    start();
    const { ids: rest, nextToken } = call('ListBuildsForProject', {
      projectName: 'one',
      nextToken: page.nextToken,
    });
    expect(rest).toEqual(ids.slice(100));
    expect(nextToken).toBeUndefined();
  });

  it('and reads show a build late, as they are told', () => {
    cloud.trouble.listedAfterMs = minute;
    cloud.trouble.readAfterMs = minute / 2;
    const id = start().build?.id ?? '';
    expect(call('BatchGetBuilds', { ids: [id] })).toMatchObject({ builds: [], buildsNotFound: [id] });
    now += minute / 2;
    expect(look(id)?.id).toBe(id);
    expect(call('ListBuildsForProject', { projectName: 'one' }).ids).toEqual([]);
    now += minute / 2;
    expect(call('ListBuildsForProject', { projectName: 'one' }).ids).toEqual([id]);
  });
});

describe('calls', () => {
  const nowhere = 'one:00000000-0000-0000-0000-000000000000';

  it.each<[Operation, object, string]>([
    ['StartBuild', { projectName: 'two' }, 'ResourceNotFoundException'],
    ['StartBuild', { projectName: 'one', imageOverride: 'x' }, 'InvalidInputException'],
    ['ListBuildsForProject', { projectName: 'two' }, 'ResourceNotFoundException'],
    ['BatchGetBuilds', { ids: Array.from({ length: 101 }, () => nowhere) }, 'InvalidInputException'],
    ['BatchGetBuilds', { ids: ['../x'] }, 'InvalidInputException'],
    ['StopBuild', { id: nowhere }, 'ResourceNotFoundException'],
  ])('%s of %o is a %s', (operation, body, type) => {
    expect(call(operation, body).__type).toBe(type);
  });

  it('are refused without a signature, and when the test says so', async () => {
    const headers = { 'x-amz-target': 'CodeBuild_20161006.StopBuild' };
    const unsigned = await fetch(cloud.url, { method: 'POST', headers, body: '{}' });
    expect(unsigned.status).toBe(403);
    cloud.trouble.refuse = () => ({ code: 'ThrottlingException' });
    expect(start().__type).toBe('ThrottlingException');
    expect(cloud.calls).toMatchObject({ StartBuild: 1, StopBuild: 0 });
  });
});
