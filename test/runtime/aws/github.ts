// A GitHub that answers what one job needs: a token, its run, a runner's registration.
import { config, jitConfig } from './installation.ts';

const job = (id: number) => ({
  id,
  run_id: 77,
  run_attempt: 1,
  name: 'test',
  labels: ['gpu'],
  head_sha: 'f'.repeat(40),
  status: 'queued',
  created_at: new Date().toISOString(),
});

const run = (id: number) => ({
  id,
  event: 'push',
  status: 'queued',
  head_sha: 'f'.repeat(40),
  head_repository: { id: 1 },
  repository: { id: 1 },
});

const program = {
  os: 'linux',
  architecture: 'x64',
  download_url: 'https://example.com/runner.tar.gz',
  sha256_checksum: 'ab'.repeat(32),
};

/** What GitHub answers to a request; undefined: it knows no such thing. */
export function answerOfGitHub(method: string, path: string): object | undefined {
  const installation = config.github.installations.film;
  const [, kind, id] = /^\/repos\/film\/color\/actions\/(jobs|runs)\/(\d+)$/.exec(path) ?? [];
  if (id !== undefined) return kind === 'jobs' ? job(Number(id)) : run(Number(id));
  switch (`${method} ${path}`) {
    case `POST /app/installations/${installation}/access_tokens`:
      return { token: 'installation-token', expires_at: new Date(Date.now() + 3_600_000).toISOString() };
    case 'GET /repos/film/color/actions/runs':
      return { total_count: 0, workflow_runs: [] };
    case 'GET /app/hook/deliveries':
      return [];
    case 'GET /orgs/film/actions/runner-groups':
      return { runner_groups: [{ id: 5, name: 'callsheet-color' }] };
    case 'GET /orgs/film/actions/runners/downloads':
      return [program];
    case 'GET /orgs/film/actions/runners':
      return { total_count: 0, runners: [] };
    case 'POST /orgs/film/actions/runners/generate-jitconfig':
      return { runner: { id: 9 }, encoded_jit_config: jitConfig };
  }
  return undefined;
}
