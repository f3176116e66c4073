// The calls of CodeBuild that the provider makes, repeated where that may help.
import { setTimeout as pause } from 'node:timers/promises';
import type { Build, StartBuildCommandInput } from '@aws-sdk/client-codebuild';
import { refusalOf } from './faults.ts';

/** Each call throws CodeBuild's error. */
export interface CodeBuildCalls {
  startBuild(input: StartBuildCommandInput): Promise<Build | undefined>;
  stopBuild(id: string): Promise<Build | undefined>;
  /** At most 100 ids. Those that CodeBuild does not know are left out. */
  builds(ids: string[]): Promise<Build[]>;
  /** Ids of a project's builds, newest first. */
  page(project: string, nextToken?: string): Promise<{ ids: string[]; nextToken?: string | undefined }>;
}

export interface CallSettings {
  region: string;
  /** Instead of CodeBuild's own address. Default: what AWS_ENDPOINT_URL says. */
  endpoint?: string | undefined;
  /** Default: those of the function's role. */
  credentials?: { accessKeyId: string; secretAccessKey: string };
}

/** How often a call is made in all. What is repeated is safe to repeat: StartBuild carries a token. */
const tries = { throttled: 3, doubt: 2 };

const pauseMs = 100;

/** The calls over the SDK, which is loaded with the first one. */
export function codeBuildCalls(settings: CallSettings): CodeBuildCalls {
  let loading: Promise<CodeBuildCalls> | undefined;
  const load = () => {
    loading ??= import('./sdk.ts').then(({ sdkCalls }) => sdkCalls(settings));
    return loading;
  };
  return {
    startBuild: (input) => patiently(async () => (await load()).startBuild(input)),
    stopBuild: (id) => patiently(async () => (await load()).stopBuild(id)),
    builds: (ids) => patiently(async () => (await load()).builds(ids)),
    page: (project, nextToken) => patiently(async () => (await load()).page(project, nextToken)),
  };
}

/**
 * Repeats a call that was throttled or not answered. A doubt of an earlier try outlives the refusal of a
 * later one: the SDK's own retries would throw only the last.
 */
async function patiently<T>(call: () => Promise<T>): Promise<T> {
  let doubt: unknown;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      const { kind } = refusalOf(error);
      if (kind === 'doubt') doubt ??= error;
      const limit = kind === 'doubt' || kind === 'throttled' ? tries[kind] : 1;
      if (attempt >= limit) throw doubt ?? error;
      await pause(pauseMs * 2 ** attempt * (0.5 + Math.random() / 2));
    }
  }
}
