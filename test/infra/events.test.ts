// Events of CodeBuild: which ones wake cloud-events, told by events in the words of the user guide.
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { account, region, resourcesOf } from './iam-template.ts';
import { filmConfig, propertiesOf, synthesize } from './stage.ts';

const { controlPlane } = synthesize(filmConfig());
const rules = propertiesOf(controlPlane, 'AWS::Events::Rule');

const condition = z.union([
  z.string(),
  z.strictObject({ prefix: z.string() }),
  z.strictObject({ 'anything-but': z.array(z.string()) }),
]);
const pattern = z.strictObject({
  source: z.array(z.string()),
  'detail-type': z.array(z.string()),
  detail: z.record(z.string(), z.array(condition)),
});

/** A condition is for a field that the event has. */
function fits(wanted: z.infer<typeof condition>, value: string | undefined): boolean {
  if (value === undefined) return false;
  if (typeof wanted === 'string') return value === wanted;
  return 'prefix' in wanted ? value.startsWith(wanted.prefix) : !wanted['anything-but'].includes(value);
}

interface Event {
  source: string;
  'detail-type': string;
  detail: Record<string, string>;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html */
function wakes(event: Event): boolean {
  return Object.values(rules).some(({ EventPattern }) => {
    const { source, 'detail-type': types, detail } = pattern.parse(EventPattern);
    return (
      source.includes(event.source) &&
      types.includes(event['detail-type']) &&
      Object.entries(detail).every(([key, conditions]) =>
        conditions.some((each) => fits(each, event.detail[key])),
      )
    );
  });
}

/** https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html */
const stateChange = (project: string, status: string): Event => ({
  source: 'aws.codebuild',
  'detail-type': 'CodeBuild Build State Change',
  detail: { 'project-name': project, 'build-status': status, 'current-phase': 'COMPLETED' },
});

const phaseChange = (project: string, completed: string): Event => ({
  source: 'aws.codebuild',
  'detail-type': 'CodeBuild Build Phase Change',
  detail: { 'project-name': project, 'completed-phase': completed, 'completed-phase-status': 'SUCCEEDED' },
});

describe('cloud-events', () => {
  it.each(['SUCCEEDED', 'FAILED', 'FAULT', 'STOPPED', 'TIMED_OUT', 'CLIENT_ERROR', 'A_WORD_OF_TOMORROW'])(
    'is woken by a build of ours that has ended: %s',
    (status) => {
      expect(wakes(stateChange('callsheet-film-gpu-small', status))).toBe(true);
    },
  );

  it('sleeps on when a build begins: it knows since the build left the queue', () => {
    expect(wakes(stateChange('callsheet-film-gpu-small', 'IN_PROGRESS'))).toBe(false);
  });

  it('is woken when a build leaves the queue, and by no other phase', () => {
    expect(wakes(phaseChange('callsheet-film-gpu-small', 'QUEUED'))).toBe(true);
    expect(wakes(phaseChange('callsheet-film-gpu-small', 'SUBMITTED'))).toBe(false);
    expect(wakes(phaseChange('callsheet-film-gpu-small', 'BUILD'))).toBe(false);
  });

  it.each(['website', 'callsheet-films-gpu-small', 'callsheet-film', 'x-callsheet-film-gpu-small'])(
    'sleeps on when project %s builds, which is not ours',
    (project) => {
      expect(wakes(stateChange(project, 'FAILED'))).toBe(false);
      expect(wakes(phaseChange(project, 'QUEUED'))).toBe(false);
    },
  );

  it('may be called by these rules only', () => {
    const callers = resourcesOf(controlPlane)
      .filter(({ type }) => type === 'AWS::Lambda::Permission')
      .filter(({ properties }) => String(properties.FunctionName).endsWith('cloud-events'))
      .map(({ properties }) => [properties.Principal, properties.SourceArn]);
    expect(callers).toEqual(
      Object.keys(rules).map((name) => [
        'events.amazonaws.com',
        `arn:aws:events:${region}:${account}:rule/${name}`,
      ]),
    );
  });
});
