// Deliveries of GitHub, parsed once into a closed set of our own events.
import * as z from 'zod/mini';
import type { JobFact } from '../scheduler/observe.ts';

/** What a delivery means to us. `action` is GitHub's word, for the log. */
export type Event =
  | { kind: 'job'; action: string; fact: JobFact; installationId?: string }
  | { kind: 'ignored'; action?: string; why: string };

/** GitHub's ids are numbers. Below 2^53 `JSON.parse` keeps every digit; larger ones are refused. */
const id = z.int().check(z.minimum(1));
const word = z.nullish(z.string());

/** The fields that we read. Deliveries of older GitHub servers lack `run_attempt` and `created_at`. */
const jobDelivery = z.object({
  repository: z.object({ full_name: z.string(), private: z.nullish(z.boolean()) }),
  installation: z.nullish(z.object({ id })),
  workflow_job: z.object({
    id,
    run_id: id,
    run_attempt: z.nullish(z.int()),
    name: z.string(),
    head_sha: z.string(),
    labels: z.array(z.string()),
    status: word,
    conclusion: word,
    runner_name: word,
    created_at: word,
    started_at: word,
    completed_at: word,
  }),
});

type JobDelivery = z.infer<typeof jobDelivery>;

const phases: ReadonlyMap<string, JobFact['phase']> = new Map([
  ['queued', 'waiting'],
  ['in_progress', 'running'],
  ['completed', 'done'],
]);

const approval = 'waits for the approval of an environment';

/**
 * Reads the event `name` (header `x-github-event`) with its parsed body. Never throws: what is not used, or
 * lacks a field, is ignored with the reason.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_job
 */
export function parseEvent(name: string, body: unknown): Event {
  const action = actionOf(body);
  const ignored = (why: string): Event => ({ kind: 'ignored', action, why });
  if (name === 'ping') return ignored('ping');
  if (name !== 'workflow_job')
    return ignored(name ? `event ${name.slice(0, 40)} is not used` : 'no name of an event');
  if (action === undefined) return ignored('workflow_job without action');
  if (action === 'waiting') return ignored(approval);
  const phase = phases.get(action);
  if (!phase) return ignored(`workflow_job action ${action} is not used`);
  const { data, error } = jobDelivery.safeParse(body);
  if (error) return ignored(complaint(error));
  if (phase === 'waiting' && data.workflow_job.status === 'waiting') return ignored(approval);
  const fact = factOf(data, phase);
  if (!fact) return ignored('workflow_job without workflow_job.created_at');
  return { kind: 'job', action, fact, installationId: data.installation?.id.toString() };
}

/**
 * Undefined when the job has no time at all. A queued delivery may have `started_at` (when it was queued) and
 * even `runner_name` (some examples do): neither is true of a job that waits.
 */
function factOf(
  { repository, workflow_job: job }: JobDelivery,
  phase: JobFact['phase'],
): JobFact | undefined {
  const startedAt = timeOf(job.started_at);
  const queuedAt = timeOf(job.created_at) ?? startedAt;
  if (queuedAt === undefined) return undefined;
  return {
    id: String(job.id),
    phase,
    repository: repository.full_name,
    labels: job.labels,
    name: job.name,
    runId: String(job.run_id),
    runAttempt: job.run_attempt ?? 1,
    headSha: job.head_sha,
    queuedAt,
    ...(phase === 'waiting' ? {} : { startedAt, runner: job.runner_name || undefined }),
    endedAt: phase === 'done' ? timeOf(job.completed_at) : undefined,
    outcome: phase === 'done' ? (job.conclusion ?? undefined) : undefined,
    isPublic:
      repository.private === undefined || repository.private === null ? undefined : !repository.private,
  };
}

/** ISO 8601 to milliseconds. */
function timeOf(text: string | null | undefined): number | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : time;
}

function actionOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('action' in body)) return undefined;
  return typeof body.action === 'string' ? body.action.slice(0, 40) : undefined;
}

/** Names the first field that is missing or of another type. */
function complaint(error: z.core.$ZodError): string {
  const issue = error.issues[0];
  const field = issue?.path.join('.') ?? '';
  return issue?.code === 'too_big'
    ? `workflow_job with ${field} beyond 2^53, whose digits are lost`
    : `workflow_job without ${field}`;
}
