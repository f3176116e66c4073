// The calls of CodeBuild that the provider makes, repeated where that may help.
import type { Build, StartBuildCommandInput } from '@aws-sdk/client-codebuild';
import { patiently } from '../patience.ts';
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

/** The calls over the SDK, which is loaded with the first one. */
export function codeBuildCalls(settings: CallSettings): CodeBuildCalls {
  let loading: Promise<CodeBuildCalls> | undefined;
  const load = () => {
    loading ??= import('./sdk.ts').then(({ sdkCalls }) => sdkCalls(settings));
    return loading;
  };
  return {
    startBuild: (input) => patient(async () => (await load()).startBuild(input)),
    stopBuild: (id) => patient(async () => (await load()).stopBuild(id)),
    builds: (ids) => patient(async () => (await load()).builds(ids)),
    page: (project, nextToken) => patient(async () => (await load()).page(project, nextToken)),
  };
}

const patient = <T>(call: () => Promise<T>): Promise<T> =>
  patiently(call, (error) => refusalOf(error).kind, tries);
