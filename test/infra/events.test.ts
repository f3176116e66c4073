// Events of CodeBuild and EC2: which ones wake cloud-events, told by events in the words of the user guides.
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { account, region, resourcesOf, type Template } from './iam-template.ts';
import { filmConfig, machinesConfig, propertiesOf, synthesize } from './stage.ts';

const { controlPlane } = synthesize(filmConfig());
const film = synthesize(machinesConfig());
const rulesOf = (template: Template) => propertiesOf(template, 'AWS::Events::Rule');
const rules = rulesOf(controlPlane);

const condition = z.union([
  z.string(),
  z.strictObject({ prefix: z.string() }),
  z.strictObject({ 'anything-but': z.array(z.string()) }),
]);
const pattern = z.strictObject({
  source: z.array(z.string()),
  'detail-type': z.array(z.string()),
  detail: z._default(z.record(z.string(), z.array(condition)), {}),
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
function wakes(event: Event, template: Template = controlPlane): boolean {
  return Object.values(rulesOf(template)).some(({ EventPattern }) => {
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

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instance-state-changes.html */
const machineIs = (state: string): Event => ({
  source: 'aws.ec2',
  'detail-type': 'EC2 Instance State-change Notification',
  detail: { 'instance-id': 'i-1234567890abcdef0', state },
});

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html */
const interruption: Event = {
  source: 'aws.ec2',
  'detail-type': 'EC2 Spot Instance Interruption Warning',
  detail: { 'instance-id': 'i-1234567890abcdef0', 'instance-action': 'terminate' },
};

const { 'us-east-1': home, ...others } = film.regions;
const forwarding = Object.entries(others);

describe('with machines, cloud-events', () => {
  it.each(['shutting-down', 'terminated', 'stopping', 'stopped'])('is woken by one that is %s', (state) => {
    expect(wakes(machineIs(state), film.controlPlane)).toBe(true);
    expect(wakes(machineIs(state))).toBe(false);
  });

  it.each(['pending', 'running'])('sleeps on when one is %s: it knows since the machine claims', (state) => {
    expect(wakes(machineIs(state), film.controlPlane)).toBe(false);
  });

  it('is woken before a spot machine is taken back', () => {
    expect(wakes(interruption, film.controlPlane)).toBe(true);
    expect(wakes({ ...interruption, source: 'film.ec2' }, film.controlPlane)).toBe(false);
    expect(wakes(interruption)).toBe(false);
  });
});

describe('a region that is not home', () => {
  const target = z.tuple([z.object({ Arn: z.string(), RoleArn: z.string() })]);

  it.each(forwarding)('%s sends on what would wake at home, to the bus of the home region', (_, template) => {
    expect(Object.keys(rulesOf(template))).toHaveLength(2);
    expect(wakes(machineIs('terminated'), template)).toBe(true);
    expect(wakes(machineIs('running'), template)).toBe(false);
    expect(wakes(interruption, template)).toBe(true);
    for (const { Targets } of Object.values(rulesOf(template)))
      expect(target.parse(Targets)[0].Arn).toBe(`arn:aws:events:us-east-1:${account}:event-bus/default`);
  });

  it('is every one but home, which sends nothing in a circle', () => {
    expect(forwarding.map(([name]) => name)).toEqual(['eu-central-1', 'us-west-2']);
    expect(rulesOf(home ?? { Resources: {} })).toEqual({});
  });
});
