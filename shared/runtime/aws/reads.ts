// What a dry run of the reaper reads on AWS, with the credentials of whoever runs it.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { resourceName } from '../../contract/names.ts';
import type { GitHubClient } from '../../github/call.ts';
import { gitHub } from '../../github/github.ts';
import type { Config } from '../../policy/schema.ts';
import { standardLimits } from '../../scheduler/limits.ts';
import type { DynamoApi } from '../../store/api.ts';
import { historyTable, openTable } from '../../store/dynamo.ts';
import { sdkApi } from '../../store/sdk.ts';
import { type GitHubReads, type Reads, refused } from '../dry-run/reads.ts';
import { reaperClouds } from './ports.ts';
import { clock } from './records.ts';

/**
 * The installation's tables and clouds, where the SDK's own chain finds credentials and a region. Throws the
 * SDK's error where there is no region.
 */
export async function awsReads(config: Config): Promise<Omit<Reads, 'github'>> {
  const database = new DynamoDBClient({});
  const region = await database.config.region();
  const api = readingApi(sdkApi(database));
  const table = (what: string) => ({ table: resourceName(config.installation, what) });
  return {
    config,
    standard: standardLimits,
    clock,
    open: openTable(api, table('open')),
    history: historyTable(api, table('history')),
    ...reaperClouds({ AWS_REGION: region }, config),
  };
}

/** A second wall: a table that was asked to change something by mistake cannot. */
const readingApi = ({ getItem, query }: DynamoApi): DynamoApi => ({
  getItem,
  query,
  putItem: refused('PutItem'),
  deleteItem: refused('DeleteItem'),
});

/** GitHub, as the App; behind the same wall. */
export const gitHubReads = (client: GitHubClient, config: Config): GitHubReads =>
  gitHub(readingClient(client), { pinnedRunners: config.runner });

const readingClient = ({ call, ...client }: GitHubClient): GitHubClient => ({
  ...client,
  call: (wanted) => (wanted.route.startsWith('GET ') ? call(wanted) : refused(wanted.route)()),
});
