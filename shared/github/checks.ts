// Check runs: what a pull request shows of a job that waits or was refused.
import * as z from 'zod/mini';
import type { CheckRun, Checks } from '../scheduler/ports.ts';
import { onRepository } from './access.ts';
import type { GitHubClient } from './call.ts';
import { pageSize, readPages } from './pages.ts';
import { bodyOf, id } from './reply.ts';

/** GitHub's limits; counted in bytes, which is never more than it allows. */
const maxTitle = 255;
const maxSummary = 65_535;
/** Runs of one name on one commit that are looked through; GitHub keeps no more than 1000. */
const maxPages = 10;

const created = z.object({ id });
const checkList = z.object({ check_runs: z.array(z.object({ id, external_id: z.nullish(z.string()) })) });

/** https://docs.github.com/rest/checks/runs */
export const checksOf = (client: GitHubClient): Checks => ({
  async create(check, mayExist) {
    const existing = mayExist ? await find(client, check) : undefined;
    return existing ?? create(client, check);
  },
  async update(checkRunId, check) {
    const answer = await client.call({
      route: 'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}',
      as: onRepository(check.repository, { checks: 'write' }),
      yields: 'early',
      parameters: { check_run_id: checkRunId, ...contentOf(check) },
      body: created,
    });
    bodyOf(answer);
  },
});

async function create(client: GitHubClient, check: CheckRun): Promise<string> {
  const answer = await client.call({
    route: 'POST /repos/{owner}/{repo}/check-runs',
    as: onRepository(check.repository, { checks: 'write' }),
    yields: 'early',
    parameters: { head_sha: check.headSha, external_id: check.externalId, ...contentOf(check) },
    body: created,
  });
  return bodyOf(answer).id;
}

/** The check run of an earlier call whose answer was lost. */
async function find(client: GitHubClient, check: CheckRun): Promise<string | undefined> {
  const { items } = await readPages(maxPages, async (page) => {
    const answer = await client.call({
      route: 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs',
      as: onRepository(check.repository, { checks: 'write' }),
      yields: 'early',
      parameters: {
        ref: check.headSha,
        check_name: cut(check.name, maxTitle),
        filter: 'all',
        per_page: pageSize,
        page,
      },
      body: checkList,
    });
    return bodyOf(answer).check_runs;
  });
  return items.find((run) => run.external_id === check.externalId)?.id;
}

const contentOf = ({ name, status, conclusion, title, summary }: CheckRun) => ({
  name: cut(name, maxTitle),
  status,
  ...(conclusion && { conclusion }),
  output: { title: cut(title, maxTitle), summary: cut(summary, maxSummary) },
});

/** The text's first bytes, without a half character at their end. */
const cut = (text: string, maxBytes: number): string =>
  new TextDecoder().decode(new TextEncoder().encode(text).subarray(0, maxBytes), { stream: true });
