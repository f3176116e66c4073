// Jobs and runs as GitHub spells them, read into ours.
import * as z from 'zod/mini';
import type { GitHubJob, GitHubRun } from '../scheduler/ports.ts';
import { id, time } from './reply.ts';

/** `requested` and `pending`: on the way into the queue. `waiting`: for the approval of an environment. */
const statuses = {
  queued: 'queued',
  requested: 'queued',
  pending: 'queued',
  waiting: 'environment',
  in_progress: 'in_progress',
  completed: 'completed',
} as const;

const status = z.pipe(
  z.enum(['queued', 'requested', 'pending', 'waiting', 'in_progress', 'completed']),
  z.transform((word) => statuses[word]),
);

const rawJob = z.object({
  id,
  run_id: id,
  run_attempt: z.optional(z.number()),
  name: z.string(),
  labels: z.array(z.string()),
  head_sha: z.string(),
  status,
  conclusion: z.nullish(z.string()),
  runner_name: z.nullish(z.string()),
  created_at: time,
});

/** https://docs.github.com/rest/actions/workflow-jobs#get-a-job-for-a-workflow-run */
export const gitHubJob = z.pipe(
  rawJob,
  z.transform((raw): GitHubJob => {
    const conclusion = raw.conclusion || undefined;
    const runner = raw.runner_name || undefined;
    return {
      id: raw.id,
      runId: raw.run_id,
      runAttempt: raw.run_attempt ?? 1,
      name: raw.name,
      labels: raw.labels,
      headSha: raw.head_sha,
      status: raw.status,
      queuedAt: raw.created_at,
      ...(conclusion && { conclusion }),
      ...(runner && { runner }),
    };
  }),
);

const rawRun = z.object({
  id,
  event: z.string(),
  status: z.nullable(z.string()),
  conclusion: z.nullish(z.string()),
  run_attempt: z.optional(z.number()),
  head_sha: z.string(),
  head_repository: z.nullish(z.object({ id })),
  repository: z.object({ id }),
});

/** https://docs.github.com/rest/actions/workflow-runs#get-a-workflow-run */
export const gitHubRun = z.pipe(
  rawRun,
  z.transform(
    (raw): GitHubRun => ({
      id: raw.id,
      event: raw.event,
      status: raw.status ?? 'unknown',
      headSha: raw.head_sha,
      baseRepositoryId: raw.repository.id,
      ...(raw.conclusion && { conclusion: raw.conclusion }),
      ...(raw.run_attempt !== undefined && { attempt: raw.run_attempt }),
      ...(raw.head_repository && { headRepositoryId: raw.head_repository.id }),
    }),
  ),
);
