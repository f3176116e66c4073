// Runs the failed jobs of a run again, and tells the three kinds of no apart that GitHub all sends as 403.
import { onRepository } from './access.ts';
import type { GitHubClient } from './call.ts';
import { type NoAccess, nothing, type Refusal, whyOf } from './reply.ts';

/**
 * Undefined: they run, or have been asked for before. Else why not, in words for an admin: the App may not,
 * or the run is too old (a month), or gone.
 * https://docs.github.com/rest/actions/workflow-runs#re-run-failed-jobs-from-a-workflow-run
 */
export async function rerun(
  client: GitHubClient,
  repository: string,
  runId: string,
): Promise<string | undefined> {
  const answer = await client.call({
    route: 'POST /repos/{owner}/{repo}/actions/runs/{run_id}/rerun-failed-jobs',
    as: onRepository(repository, { actions: 'write' }),
    parameters: { run_id: runId },
    body: nothing,
  });
  return answer.kind === 'ok' || isRunning(answer) ? undefined : refusal(repository, answer);
}

const isRunning = (no: Refusal | NoAccess): boolean =>
  no.kind === 'refused' && no.status === 403 && /already (running|queued|in progress)/i.test(no.words);

/** https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#resource-not-accessible */
function refusal(repository: string, no: Refusal | NoAccess): string {
  const lacks = no.kind === 'refused' && /not accessible by integration/i.test(no.words);
  const remedy = 'give it that permission, and accept it where it is installed';
  return lacks ? `the App lacks actions: write in ${repository}: ${remedy} (${whyOf(no)})` : whyOf(no);
}
