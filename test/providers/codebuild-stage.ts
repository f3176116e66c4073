// The provider `codebuild` over the wire: its stand-in, a clock that tests turn, and fresh instances.
import { codeBuildCalls, codeBuildProvider } from '../../shared/providers/codebuild/provider.ts';
import type { Provider } from '../../shared/scheduler/ports.ts';
import type { Launch } from '../../shared/scheduler/records.ts';
import { type CodeBuildStandIn, codeBuildStandIn } from '../stand-ins/codebuild/stand-in.ts';
import type { Operation } from '../stand-ins/codebuild/trouble.ts';
import { launchOf } from './conformance.ts';

export const minute = 60_000;
export const project = 'callsheet-studio-linux-small';
export const secret = 'a secret that only the tests know, of some length';
export const url = 'https://callsheet.example/api';

export interface Stage {
  cloud: CodeBuildStandIn;
  /** A warm instance. */
  provider: Provider;
  /** An instance that knows nothing yet. */
  fresh(): Provider;
  /** Milliseconds since 1970. Tests set it. */
  clock: { now: number };
  /** A launch of `n` builders, asked for now. */
  launch(n: number): Launch;
  /** Ids of what the provider lists, sorted. */
  ids(provider?: Provider): Promise<string[]>;
  /** Starts `n` builds, as launches of one builder each would. Answers the builders' ids. */
  crowd(n: number): string[];
  /** The calls since the last question. */
  spent(): Partial<Record<Operation, number>>;
  close(): Promise<void>;
}

/** `projects`: those of the installation; CodeBuild has them all, if `deployed` does not say otherwise. */
export async function stage(projects = [project], deployed = projects): Promise<Stage> {
  const clock = { now: Date.parse('2026-11-21T12:00:00Z') };
  const now = () => clock.now;
  const cloud = await codeBuildStandIn({
    now,
    projects: Object.fromEntries(deployed.map((name) => [name, { queuedTimeoutInMinutes: 15 }])),
  });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const calls = codeBuildCalls({ region: 'us-east-1', endpoint: cloud.url, credentials });
  const fresh = () =>
    codeBuildProvider({
      calls,
      projects,
      projectOf: (_, rung) => projects[rung] ?? project,
      url,
      secret: async () => secret,
      now,
    });
  const provider = fresh();
  return {
    cloud,
    provider,
    fresh,
    clock,
    launch: (n) => ({
      ...launchOf(n, provider.request({ pool: 'linux', rung: 0, n })),
      askedAt: clock.now,
    }),
    ids: async (by = provider) => (await by.list()).map(({ id }) => id).sort(),
    crowd: (n) => Array.from({ length: n }, (_, index) => plant(cloud, `linux-${index + 1}`)),
    spent: meter(cloud),
    close: cloud.close,
  };
}

function plant(cloud: CodeBuildStandIn, launch: string): string {
  const id = `cb-${launch}-0`;
  cloud.plant(project, { CALLSHEET_BUILDER: id, CALLSHEET_LAUNCH: launch });
  return id;
}

function meter(cloud: CodeBuildStandIn): Stage['spent'] {
  let before = { ...cloud.calls };
  return () => {
    const names = ['StartBuild', 'BatchGetBuilds', 'ListBuildsForProject', 'StopBuild'] as const;
    const counts = names.map((name) => [name, cloud.calls[name] - before[name]] as const);
    before = { ...cloud.calls };
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  };
}
