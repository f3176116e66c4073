// What the functions may do, word for word: a right that nobody uses is a fault, as is one that is missing.
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { account, region } from './iam-template.ts';
import { deskConfig, filmConfig, propertiesOf, synthesize } from './stage.ts';

const { controlPlane } = synthesize(filmConfig());
const desk = synthesize(deskConfig()).controlPlane;

const list = z.union([
  z.pipe(
    z.string(),
    z.transform((word: string) => [word]),
  ),
  z.array(z.string()),
]);
const role = z.object({
  Policies: z.array(
    z.object({
      PolicyDocument: z.object({
        Statement: z.array(z.object({ Effect: z.literal('Allow'), Action: list, Resource: list })),
      }),
    }),
  ),
});

/** All rights of a role, as `<action> <resource>`, with account and region left out. */
function rightsOf(name: string, template = controlPlane): string[] {
  const [, properties] =
    Object.entries(propertiesOf(template, 'AWS::IAM::Role')).find(([id]) => id.startsWith(name)) ?? [];
  const statements = role
    .parse(properties)
    .Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  const short = (arn: string) => arn.replace(/^arn:aws:[a-z]+:/, '').replace(`${region}:${account}:`, '');
  return statements
    .flatMap(({ Action, Resource }) =>
      Action.flatMap((action) => Resource.map((resource) => `${action} ${short(resource)}`)),
    )
    .sort();
}

const log = (name: string) => [
  `logs:CreateLogStream log-group:/callsheet/film/${name}:*`,
  `logs:PutLogEvents log-group:/callsheet/film/${name}:*`,
];
const secrets = (...names: string[]) =>
  names.map((name) => `ssm:GetParameter parameter/callsheet/film/${name}`);
const open = (...actions: string[]) => actions.map((each) => `dynamodb:${each} table/callsheet-film-open`);
const history = (...actions: string[]) =>
  actions.map((each) => `dynamodb:${each} table/callsheet-film-history`);
const rings = (...actions: string[]) => actions.map((each) => `sqs:${each} callsheet-film-rings.fifo`);
const projects = ['docker-large', 'arm-small', 'gpu-small', 'a-b-small', 'a-b-2xlarge', 'ab-small'];
const builds = (...actions: string[]) =>
  actions.flatMap((each) => projects.map((name) => `codebuild:${each} project/callsheet-film-${name}`));

const record = [...open('GetItem', 'PutItem'), ...history('GetItem'), ...rings('SendMessage')];

const rights: [string, string[]][] = [
  ['WebhookRole', [...log('webhook'), ...record, ...secrets('webhook-secrets')]],
  ['BuilderApiRole', [...log('builder-api'), ...record, ...secrets('app-key', 'builder-secret')]],
  ['CloudEventsRole', [...log('cloud-events'), ...record]],
  [
    'DispatcherRole',
    [
      ...log('dispatcher'),
      ...record,
      ...open('Query'),
      ...rings('ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'),
      ...secrets('app-key', 'builder-secret'),
      ...builds('StartBuild', 'StopBuild', 'BatchGetBuilds', 'ListBuildsForProject'),
    ],
  ],
  [
    'ReaperRole',
    [
      ...log('reaper'),
      ...record,
      ...open('Query', 'DeleteItem'),
      ...history('PutItem'),
      ...secrets('app-key'),
      ...builds('StopBuild', 'BatchGetBuilds', 'ListBuildsForProject'),
    ],
  ],
  [
    'ApiRole',
    [
      ...log('api'),
      ...open('Query'),
      'dynamodb:Query table/callsheet-film-history/index/byEnd',
      ...secrets('api-token'),
    ],
  ],
  ['ClockRole', ['lambda:InvokeFunction function:callsheet-film-reaper']],
];

describe('rights', () => {
  it.each(rights)('of %s are these and no others', (name, wanted) => {
    expect(rightsOf(name)).toEqual(wanted.sort());
  });

  it.each(rights)('of %s name no project where there is none', (name, wanted) => {
    const others = wanted.filter((right) => !right.startsWith('codebuild:'));
    expect(rightsOf(name, desk)).toEqual(others.sort());
  });

  it('are of these roles only, and written in the roles themselves', () => {
    const roles = propertiesOf(controlPlane, 'AWS::IAM::Role');
    expect(Object.keys(roles)).toHaveLength(rights.length);
    for (const each of Object.values(roles)) expect(Object.keys(each)).not.toContain('ManagedPolicyArns');
    expect(propertiesOf(controlPlane, 'AWS::IAM::Policy')).toEqual({});
    expect(propertiesOf(controlPlane, 'AWS::IAM::ManagedPolicy')).toEqual({});
  });
});
