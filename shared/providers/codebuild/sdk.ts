// The four calls of CodeBuild over the AWS SDK. Loaded when the first one is made.
import {
  BatchGetBuildsCommand,
  CodeBuildClient,
  ListBuildsForProjectCommand,
  StartBuildCommand,
  StopBuildCommand,
} from '@aws-sdk/client-codebuild';
import type { CallSettings, CodeBuildCalls } from './calls.ts';

/** A time-out fits several calls into the 25 seconds of a pass. Tries are counted by `calls.ts`. */
const connectionTimeout = 2000;
const requestTimeout = 5000;

export function sdkCalls({ region, endpoint, credentials }: CallSettings): CodeBuildCalls {
  const client = new CodeBuildClient({
    region,
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials && { credentials }),
    maxAttempts: 1,
    requestHandler: { connectionTimeout, requestTimeout, throwOnRequestTimeout: true },
  });
  return {
    startBuild: async (input) => (await client.send(new StartBuildCommand(input))).build,
    stopBuild: async (id) => (await client.send(new StopBuildCommand({ id }))).build,
    builds: async (ids) => (await client.send(new BatchGetBuildsCommand({ ids }))).builds ?? [],
    async page(projectName, nextToken) {
      const command = new ListBuildsForProjectCommand({ projectName, sortOrder: 'DESCENDING', nextToken });
      const answer = await client.send(command);
      return { ids: answer.ids ?? [], nextToken: answer.nextToken };
    },
  };
}
