// The embedded GitHub as `npm start` uses it: the organizations, groups and
// repositories that the configuration names.
import type { Hono } from 'hono';
import { parseScope } from '../../shared/contract/scope.ts';
import { scopesOf } from '../../shared/policy/route.ts';
import type { Config } from '../../shared/policy/schema.ts';
import { embeddedGitHub } from './github/github.ts';
import { localJobs } from './github/local-jobs.ts';
import type { EmbeddedGitHub, GitHubOptions } from './github/surface.ts';
import { pageApp } from './page/page.ts';

/** Starts it; its webhooks go to `http://127.0.0.1:<port>/github/webhooks`. */
export async function startGitHub(settings: {
  config: Config;
  port: number;
  webhookSecret: string;
  pace: number;
}): Promise<{ github: EmbeddedGitHub; mounts: Record<string, Hono> }> {
  const { config, port, webhookSecret, pace } = settings;
  const github = await embeddedGitHub({
    ...worldOf(config),
    pace,
    node: process.execPath,
    webhook: { url: `http://127.0.0.1:${port}/github/webhooks`, secret: webhookSecret },
  });
  const page = await pageApp({
    name: 'on this computer',
    command: 'npm start',
    everyMs: 1000,
    samples: true,
  });
  page.route('/', localJobs(github));
  return { github, mounts: { '/': page } };
}

/**
 * What the configuration expects of GitHub. Repositories of a project that serves
 * approved forks require the approval.
 */
export function worldOf(
  config: Config,
): Pick<GitHubOptions, 'appId' | 'installations' | 'groups' | 'repositories'> {
  const groups: Record<string, string[]> = {};
  for (const { scope } of scopesOf(config)) {
    const { place } = parseScope(scope);
    if (place.kind === 'group')
      groups[place.organization] = [...(groups[place.organization] ?? []), place.group];
  }
  const installations = Object.entries(config.github.installations).map(
    ([owner, id]) => [owner, Number(id)] as const,
  );
  return {
    appId: Number(config.github.appId),
    installations: Object.fromEntries(installations),
    groups,
    repositories: Object.values(config.projects).flatMap(({ repositories, forks }) =>
      repositories.map((fullName) => ({
        fullName,
        forkApproval: forks === 'github-approved' ? ('all_external_contributors' as const) : undefined,
      })),
    ),
  };
}
