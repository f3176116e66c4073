// The adapters that the functions have on AWS, for the entries that measure how long a cold start loads.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { gitHubClient } from '../../shared/github/client.ts';
import { gitHub } from '../../shared/github/github.ts';
import type { Ports } from '../../shared/operations/ports.ts';
import { sqsBell } from '../../shared/runtime/aws/bell.ts';
import { signedJson } from '../../shared/runtime/aws/signed.ts';
import { config } from '../../shared/runtime/config.ts';
import { standardLimits } from '../../shared/scheduler/limits.ts';
import { historyTable, openTable } from '../../shared/store/dynamo.ts';
import { sdkApi } from '../../shared/store/sdk.ts';

const region = 'eu-west-1';

export const clock = {
  now: Date.now,
  sleep: (ms: number) => new Promise<void>((done) => setTimeout(done, ms)),
};

/** The two tables over the AWS SDK. */
export function tables(): Pick<Ports, 'open' | 'history'> {
  const api = sdkApi(new DynamoDBClient({ region }));
  return { open: openTable(api, { table: 'open' }), history: historyTable(api, { table: 'history' }) };
}

/** All ports but the providers, which each cloud brings. */
export function ports(): Ports {
  const { appId, installations } = config.github;
  const client = gitHubClient({ appId, installations, privateKey: () => Promise.resolve('bench') });
  return {
    config,
    standard: standardLimits,
    ...tables(),
    bell: sqsBell(signedJson({ service: 'sqs', region }), { queueUrl: 'bench.fifo', clock }),
    clock,
    github: gitHub(client),
    providers: {},
    proofs: { verify: () => Promise.resolve(false) },
    log: (line) => console.log(JSON.stringify(line)),
  };
}
