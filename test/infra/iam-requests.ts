// What each role of an installation must be able to do, and what it must not: one request after the other.
import { functionNames } from '../../infra/aws/bundle.ts';
import { secretNames } from '../../shared/contract/names.ts';
import { endedIndex } from '../../shared/store/tables.ts';
import type { Context } from './iam-contexts.ts';
import { keepHosts, nobodyMayWithHosts, seeHosts, seeResets } from './iam-hosts.ts';
import {
  deleteLeftovers,
  endMachines,
  launchMachines,
  nobodyMayWithMachines,
  seeInstances,
  seeLeftovers,
  seeMore,
} from './iam-machines.ts';
import type { Expected, Request } from './iam-simulation.ts';
import { account, installation, region } from './iam-template.ts';

const arn = (service: string, path: string) => `arn:aws:${service}:${region}:${account}:${path}`;
const table = (what: string) => arn('dynamodb', `table/callsheet-${installation}-${what}`);
const queue = (what: string) => arn('sqs', `callsheet-${installation}-${what}.fifo`);
const lambda = (what: string) => arn('lambda', `function:callsheet-${installation}-${what}`);
const stream = (what: string, name = '2026/11/21') =>
  arn('logs', `log-group:/callsheet/${installation}/${what}:log-stream:${name}`);
const parameter = (name: string) => arn('ssm', `parameter${name}`);

const open = table('open');
const history = table('history');
const ended = `${history}/index/${endedIndex.indexName}`;
const rings = queue('rings');
const homeBus = arn('events', 'event-bus/default');
const ourRole = `arn:aws:iam::${account}:role/callsheet-${installation}-builds`;
/** Without `callsheet-<installation>-`, as in the names of their log streams. */
const projects = ['a-b-small', 'a-b-2xlarge', 'a-b-small-small'];
const projectArn = (name: string) => arn('codebuild', `project/callsheet-${installation}-${name}`);
const project = projectArn('a-b-small');
/** Of pools that the configuration does not have, or no longer. */
const otherProjects = ['gone-small', 'a-b', 'a-b-small-', 'a-b-small-large'].map(projectArn);
const { webhookSecrets, appKey, builderSecret, apiToken } = secretNames(installation);
const secrets = [webhookSecrets, appKey, builderSecret, apiToken];

const each = (actions: readonly string[], resource: string): Request[] =>
  actions.map((action) => [action, resource]);

/** The secrets with these names, and all others. */
const secretsOnly = (...names: string[]): Request[] =>
  names.flatMap((name) => each(['ssm:GetParameter'], parameter(name)));
const secretsBut = (...names: string[]): Request[] =>
  secretsOnly(...secrets.filter((name) => !names.includes(name)));

const inEach = (actions: readonly string[], resources: readonly string[]): Request[] =>
  resources.flatMap((resource) => each(actions, resource));

/** Of hosts, and of what machines leave behind: nothing. Of machines and hosts: nothing. */
const noHosts = [...keepHosts, ...seeHosts, ...seeResets];
const noLeftovers = [...deleteLeftovers, ...seeLeftovers];
const noMachines = [
  ...launchMachines,
  ...endMachines,
  ...seeInstances,
  ...seeMore,
  ...noHosts,
  ...noLeftovers,
];

const writeLog = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const startBuild = ['codebuild:StartBuild'];
const otherBuildCalls = ['codebuild:StopBuild', 'codebuild:BatchGetBuilds', 'codebuild:ListBuildsForProject'];
/** What Lambda's poller of the queue does in the name of the dispatcher. */
export const pollerCalls = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

/** Single records are read and written, history is asked, and the bell is rung. */
const recordFacts: Request[] = [
  ...each(['dynamodb:GetItem', 'dynamodb:PutItem'], open),
  ...each(['dynamodb:GetItem'], history),
  ...each(['sqs:SendMessage'], rings),
];
/** Whoever only records facts reads no pool whole, ends nothing, and takes no rings. */
const onlyRecords: Request[] = [
  ...each(['dynamodb:Query', 'dynamodb:DeleteItem'], open),
  ...each(['dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:Query'], history),
  ...each(['dynamodb:Query'], ended),
  ...each(pollerCalls, rings),
  ...inEach([...startBuild, ...otherBuildCalls], projects.map(projectArn)),
];

/** By role. What all functions have in common is in `rowsOf`. */
const byRole: Record<string, Expected> = {
  webhook: {
    may: [...recordFacts, ...secretsOnly(webhookSecrets)],
    mayNot: [...onlyRecords, ...noMachines, ...secretsBut(webhookSecrets)],
  },
  'cloud-events': {
    may: recordFacts,
    mayNot: [...onlyRecords, ...noMachines, ...secretsBut()],
  },
  'builder-api': {
    may: [...recordFacts, ...seeInstances, ...secretsOnly(appKey, builderSecret)],
    mayNot: [
      ...onlyRecords,
      ...launchMachines,
      ...endMachines,
      ...seeMore,
      ...noHosts,
      ...noLeftovers,
      ...secretsBut(appKey, builderSecret),
    ],
  },
  dispatcher: {
    may: [
      ...recordFacts,
      ...each(['dynamodb:Query'], open),
      ...each(pollerCalls, rings),
      ...inEach([...startBuild, ...otherBuildCalls], projects.map(projectArn)),
      ...launchMachines,
      ...endMachines,
      ...seeInstances,
      ...seeMore,
      ...noHosts,
      ...secretsOnly(appKey, builderSecret),
    ],
    mayNot: [
      ...each(['dynamodb:DeleteItem'], open),
      ...each(['dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:Query'], history),
      ...each(['dynamodb:Query'], ended),
      ...noLeftovers,
      ...secretsBut(appKey, builderSecret),
    ],
  },
  reaper: {
    may: [
      ...recordFacts,
      ...each(['dynamodb:Query', 'dynamodb:DeleteItem'], open),
      ...each(['dynamodb:PutItem'], history),
      ...inEach(otherBuildCalls, projects.map(projectArn)),
      ...endMachines,
      ...deleteLeftovers,
      ...seeInstances,
      ...seeHosts,
      ...seeLeftovers,
      ...secretsOnly(appKey),
    ],
    mayNot: [
      ...each(['dynamodb:DeleteItem', 'dynamodb:Query'], history),
      ...each(['dynamodb:Query'], ended),
      ...each(pollerCalls, rings),
      ...inEach(startBuild, projects.map(projectArn)),
      ...launchMachines,
      ...seeMore,
      ...keepHosts,
      ...seeResets,
      ...secretsBut(appKey),
    ],
  },
  api: {
    may: [...each(['dynamodb:Query'], open), ...each(['dynamodb:Query'], ended), ...secretsOnly(apiToken)],
    mayNot: [
      ...each(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'], open),
      ...each(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:Query'], history),
      ...each(['dynamodb:Query'], `${history}/index/other`),
      ...each(['sqs:SendMessage', ...pollerCalls], rings),
      ...inEach([...startBuild, ...otherBuildCalls], projects.map(projectArn)),
      ...noMachines,
      ...secretsBut(apiToken),
    ],
  },
  clock: {
    may: each(['lambda:InvokeFunction'], lambda('reaper')),
    mayNot: [
      ...['dispatcher', 'builder-api', 'cloud-events', 'api'].flatMap((name) =>
        each(['lambda:InvokeFunction'], lambda(name)),
      ),
      ...each(writeLog, stream('reaper')),
      ...each(['dynamodb:GetItem'], open),
      ...noMachines,
      ...secretsBut(),
    ],
  },
  forwarder: {
    may: each(['events:PutEvents'], homeBus),
    mayNot: [...noMachines, ...recordFacts, ...each(['lambda:InvokeFunction'], lambda('cloud-events'))],
  },
  ...Object.fromEntries(projects.map((name) => [`builds of ${name}`, buildsOf(name)])),
};

/** Builds fill the streams of their own project: CodeBuild adds a slash and the id of the build. */
function buildsOf(name: string): Expected {
  const streamOf = (prefix: string) => stream('builds', `${prefix}/5d0b1c9e-5c4f-4c41-9d7e-0a8f4f5c2b11`);
  const others = projects.filter((other) => other !== name).map(streamOf);
  return {
    may: each(writeLog, streamOf(name)),
    mayNot: [
      ...inEach(writeLog, [...others, stream('builds'), stream('builds', name), streamOf(`of-${name}`)]),
      ...each(['logs:GetLogEvents', 'logs:DeleteLogStream'], streamOf(name)),
      ...onlyRecords,
      ...recordFacts,
      ...each(writeLog, stream('reaper')),
      ...each(['lambda:InvokeFunction'], lambda('reaper')),
      ...noMachines,
      ...secretsBut(),
    ],
  };
}

export const roleNames = Object.keys(byRole);
export const buildRoles = roleNames.filter((name) => name.startsWith('builds of '));

/** Calls of the queue. */
export const queueCalls: Request[] = each(['sqs:SendMessage', ...pollerCalls], rings);

/** Whatever their work is: no role of the installation may do any of this. */
export const nobodyMay: Request[] = [
  ...each(['dynamodb:Scan', 'dynamodb:UpdateItem', 'dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem'], open),
  ...each(['dynamodb:DeleteTable', 'dynamodb:UpdateTable', 'dynamodb:UpdateTimeToLive'], open),
  ...each(['dynamodb:Scan', 'dynamodb:ExportTableToPointInTime', 'dynamodb:DeleteTable'], history),
  ...each(['dynamodb:Scan'], ended),
  ...each(['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem'], table('other')),
  ...each(['sqs:PurgeQueue', 'sqs:DeleteQueue', 'sqs:SetQueueAttributes', 'sqs:AddPermission'], rings),
  ...each(['sqs:SendMessage', ...pollerCalls], queue('dead-rings')),
  ...secrets.flatMap((name) => each(['ssm:PutParameter', 'ssm:DeleteParameter'], parameter(name))),
  ...each(['ssm:GetParameters', 'ssm:GetParametersByPath'], parameter(webhookSecrets)),
  ...each(['ssm:GetParameter', 'ssm:PutParameter'], parameter(`/callsheet/${installation}/other`)),
  ...each(['kms:Decrypt', 'kms:CreateGrant'], arn('kms', 'key/11112222-3333-4444-5555-666677778888')),
  ...each(['secretsmanager:GetSecretValue'], arn('secretsmanager', 'secret:callsheet-aswf-key-AbCdEf')),
  ...inEach([...startBuild, ...otherBuildCalls], otherProjects),
  ...each(['codebuild:CreateProject', 'codebuild:UpdateProject', 'codebuild:DeleteProject'], project),
  ...each(['codebuild:RetryBuild', 'codebuild:StartBuildBatch', 'codebuild:BatchDeleteBuilds'], project),
  ...each(['codebuild:ListProjects', 'codebuild:ListBuilds', 'codebuild:ImportSourceCredentials'], '*'),
  ...each(['lambda:InvokeFunction', 'lambda:UpdateFunctionCode', 'lambda:AddPermission'], lambda('webhook')),
  ...each(['lambda:UpdateFunctionConfiguration', 'lambda:DeleteFunction'], lambda('reaper')),
  ...each(writeLog, stream('other')),
  ...each(['logs:GetLogEvents', 'logs:DeleteLogStream'], stream('builds')),
  ...each(['logs:DeleteLogStream'], stream('webhook')),
  ...each(['iam:CreateRole', 'iam:PassRole', 'iam:PutRolePolicy', 'iam:AttachRolePolicy'], ourRole),
  ...each(['iam:DeleteRolePermissionsBoundary', 'iam:UpdateAssumeRolePolicy', 'sts:AssumeRole'], ourRole),
  ...each(['iam:TagRole', 'iam:UntagRole', 'sts:TagSession'], ourRole),
  ...each(['iam:CreateUser', 'iam:CreateAccessKey'], `arn:aws:iam::${account}:user/somebody`),
  ...each(['iam:CreatePolicyVersion'], `arn:aws:iam::${account}:policy/Boundary`),
  ...nobodyMayWithMachines,
  ...nobodyMayWithHosts,
  ...each(['events:PutEvents'], arn('events', 'event-bus/other')),
  ...each(['events:DescribeEventBus'], homeBus),
  ...each(['scheduler:UpdateSchedule'], arn('scheduler', `schedule/default/callsheet-${installation}-clock`)),
  ...each(['cloudformation:UpdateStack'], arn('cloudformation', `stack/callsheet-${installation}/1`)),
  ...each(['s3:GetObject', 's3:PutObject'], 'arn:aws:s3:::cdk-assets/bundle.zip'),
  ...each(['sns:Publish'], arn('sns', `callsheet-${installation}-alarms`)),
  ...each(['cloudwatch:PutMetricData', 'ecr:GetAuthorizationToken'], '*'),
];

/** The rows of one role. Every function may also write its own log, and wake nobody. */
export function rowsOf(role: string): Expected {
  const { may, mayNot } = byRole[role] ?? { may: [], mayNot: [] };
  if (!functionNames.some((name) => name === role)) return { may, mayNot };
  return {
    may: [...may, ...each(writeLog, stream(role))],
    mayNot: [
      ...mayNot,
      ...each(writeLog, stream(role === 'webhook' ? 'api' : 'webhook')),
      ...each(['logs:DeleteLogStream', 'logs:GetLogEvents'], stream(role)),
      ...each(['lambda:InvokeFunction'], lambda('reaper')),
    ],
  };
}

/** The same requests where things are somebody else's: of other installations, accounts and regions. */
export const elsewhere = (requests: readonly Request[]): Request[] =>
  requests.flatMap(([action, resource, context]) => {
    const shorter = installation.slice(0, -1);
    const places = [
      resource.replaceAll(`callsheet-${installation}-`, `callsheet-${installation}2-`),
      resource.replaceAll(`callsheet-${installation}-`, `callsheet-${shorter}-`),
      resource.replaceAll(`/callsheet/${installation}/`, `/callsheet/${installation}2/`),
      resource.replaceAll(`/callsheet/${installation}/`, `/callsheet/${shorter}/`),
      resource.replace(`callsheet-${installation}-`, ''),
      resource.replace(account, '444455556666'),
      resource.replace(region, 'eu-west-1'),
    ];
    return [
      ...places.filter((place) => place !== resource).map((place): Request => [action, place, context]),
      ...elsewhereBy(context).map((changed): Request => [action, resource, changed]),
    ];
  });

/** With the tags of other installations, and in another region. */
const elsewhereBy = (context: Context = {}): Context[] =>
  Object.entries(context).flatMap(([key, value]) => {
    if (value === region) return [{ ...context, [key]: 'eu-west-1' }];
    if (value !== installation) return [];
    return [`${installation}2`, ''].map((other) => ({ ...context, [key]: other }));
  });
