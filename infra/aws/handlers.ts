// The six functions: how much each gets, what it is told, and what it may do.
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { secretNames } from '../../shared/contract/names.ts';
import { endedIndex } from '../../shared/store/tables.ts';
import { answerRings, onBuilds, onIndex, onTable, readSecrets, ring } from './access.ts';
import { launchMachines, seeMachines, sweepMachines } from './ec2-access.ts';
import { declareFunction } from './function.ts';
import type { Machines } from './machines.ts';
import type { Rings } from './rings.ts';
import type { Tables } from './tables.ts';

/** What the functions stand on. */
export interface Ground {
  installation: string;
  /** The folder of their bundles. */
  bundles: string;
  tables: Tables;
  rings: Rings;
  /** Names of the CodeBuild projects. */
  projects: string[];
  /** Of EC2, where something is said of AWS. */
  machines: Machines | undefined;
  /** Where builders reach Callsheet. */
  publicUrl: string;
}

export interface Handlers {
  webhook: LambdaFunction;
  dispatcher: LambdaFunction;
  builderApi: LambdaFunction;
  cloudEvents: LambdaFunction;
  reaper: LambdaFunction;
  api: LambdaFunction;
}

export const declareHandlers = (scope: Construct, ground: Ground): Handlers => ({
  webhook: webhook(scope, ground),
  dispatcher: dispatcher(scope, ground),
  builderApi: builderApi(scope, ground),
  cloudEvents: cloudEvents(scope, ground),
  reaper: reaper(scope, ground),
  api: api(scope, ground),
});

/** GitHub waits ten seconds for an answer. */
function webhook(scope: Construct, ground: Ground): LambdaFunction {
  const { webhookSecrets } = secretNames(ground.installation);
  return declareFunction(scope, 'Webhook', {
    ...ground,
    name: 'webhook',
    memoryMiB: 256,
    timeoutSeconds: 10,
    environment: { ...recordSettings(ground), WEBHOOK_SECRETS_PARAMETER: webhookSecrets },
    may: [...record(ground), readSecrets(scope, [webhookSecrets])],
  });
}

function dispatcher(scope: Construct, ground: Ground): LambdaFunction {
  const { appKey, builderSecret } = secretNames(ground.installation);
  const { tables, rings, projects, machines } = ground;
  return declareFunction(scope, 'Dispatcher', {
    ...ground,
    name: 'dispatcher',
    memoryMiB: 512,
    timeoutSeconds: 30,
    environment: { ...builderSettings(ground), PUBLIC_URL: ground.publicUrl },
    may: [
      onTable('Open', tables.open, ['GetItem', 'PutItem', 'Query']),
      onTable('History', tables.history, ['GetItem']),
      ring(rings.queue),
      answerRings(rings.queue),
      readSecrets(scope, [appKey, builderSecret]),
      ...onBuilds(scope, projects, ['StartBuild', 'StopBuild', 'BatchGetBuilds', 'ListBuildsForProject']),
      ...launchMachines(scope, machines),
    ],
  });
}

function builderApi(scope: Construct, ground: Ground): LambdaFunction {
  const { appKey, builderSecret } = secretNames(ground.installation);
  return declareFunction(scope, 'BuilderApi', {
    ...ground,
    name: 'builder-api',
    memoryMiB: 512,
    timeoutSeconds: 30,
    environment: { ...builderSettings(ground), ACCOUNT_ID: Stack.of(scope).account },
    may: [...record(ground), readSecrets(scope, [appKey, builderSecret]), ...seeMachines(ground.machines)],
  });
}

const cloudEvents = (scope: Construct, ground: Ground): LambdaFunction =>
  declareFunction(scope, 'CloudEvents', {
    ...ground,
    name: 'cloud-events',
    memoryMiB: 256,
    timeoutSeconds: 30,
    environment: recordSettings(ground),
    may: record(ground),
  });

function reaper(scope: Construct, ground: Ground): LambdaFunction {
  const { appKey } = secretNames(ground.installation);
  const { tables, rings, projects, machines } = ground;
  return declareFunction(scope, 'Reaper', {
    ...ground,
    name: 'reaper',
    memoryMiB: 256,
    timeoutSeconds: 60,
    ticks: true,
    environment: { ...recordSettings(ground), APP_KEY_PARAMETER: appKey },
    may: [
      onTable('Open', tables.open, ['GetItem', 'PutItem', 'DeleteItem', 'Query']),
      onTable('History', tables.history, ['GetItem', 'PutItem']),
      ring(rings.queue),
      readSecrets(scope, [appKey]),
      ...onBuilds(scope, projects, ['StopBuild', 'BatchGetBuilds', 'ListBuildsForProject']),
      ...sweepMachines(scope, machines),
    ],
  });
}

function api(scope: Construct, ground: Ground): LambdaFunction {
  const { apiToken } = secretNames(ground.installation);
  const { open, history } = ground.tables;
  return declareFunction(scope, 'Api', {
    ...ground,
    name: 'api',
    memoryMiB: 256,
    timeoutSeconds: 10,
    environment: {
      OPEN_TABLE: open.tableName,
      HISTORY_TABLE: history.tableName,
      API_TOKEN_PARAMETER: apiToken,
    },
    may: [
      onTable('Open', open, ['Query']),
      onIndex('Ended', history, endedIndex.indexName),
      readSecrets(scope, [apiToken]),
    ],
  });
}

/** The settings of everybody who records facts and rings. */
const recordSettings = ({ tables, rings }: Ground) => ({
  OPEN_TABLE: tables.open.tableName,
  HISTORY_TABLE: tables.history.tableName,
  QUEUE_URL: rings.queue.queueUrl,
});

/** The settings of everybody who starts builders or hears them. */
const builderSettings = (ground: Ground) => {
  const { appKey, builderSecret } = secretNames(ground.installation);
  const secrets = { APP_KEY_PARAMETER: appKey, BUILDER_SECRET_PARAMETER: builderSecret };
  return { ...recordSettings(ground), ...secrets };
};

/** Reads and writes single records, looks into history, and rings. */
const record = ({ tables, rings }: Ground) => [
  onTable('Open', tables.open, ['GetItem', 'PutItem']),
  onTable('History', tables.history, ['GetItem']),
  ring(rings.queue),
];
