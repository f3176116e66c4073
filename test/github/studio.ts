// Our side of the tests: the ports over a scripted GitHub, with a clock that the test turns.
import { onTestFinished } from 'vitest';
import { type GitHubSettings, gitHubClient } from '../../shared/github/client.ts';
import { gitHub } from '../../shared/github/github.ts';
import { appKey, type ScriptedGitHub, scriptedGitHub } from './scripted-github.ts';

export interface Studio extends ReturnType<typeof gitHub> {
  server: ScriptedGitHub;
  /** Milliseconds since 1970; starts at 2026-11-21T12:00Z. */
  clock: { now: number };
}

export const noon = Date.parse('2026-11-21T12:00:00Z');

/** Installations: 11 for `aswf`, 12 for `other`. Ends with the test. */
export async function studio(
  settings: Partial<GitHubSettings> = {},
  options: Parameters<typeof gitHub>[1] = {},
): Promise<Studio> {
  const clock = { now: noon };
  const server = await scriptedGitHub(() => clock.now);
  onTestFinished(() => server.close());
  const client = gitHubClient({
    appId: '7',
    privateKey: async () => appKey,
    installations: { ASWF: '11', other: '12' },
    baseUrl: server.url,
    now: () => clock.now,
    ...settings,
  });
  return { ...gitHub(client, options), server, clock };
}
