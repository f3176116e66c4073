// GitHub in a story: jobs queue, the oldest goes to an idle runner, and signed deliveries tell of it.
import type { GitHubJob } from '../../shared/scheduler/ports.ts';
import type { Time } from '../../shared/scheduler/records.ts';
import type { FakeGitHub } from '../operations/fakes.ts';
import { delivery, sign } from '../webhook/deliveries.ts';

export interface Wish {
  repository?: string;
  runId?: string;
  /** Default: `['gpu']`. */
  labels?: string[];
  /** How long it runs. Default: 5. */
  minutes?: number;
  /** It is root on its machine: it ends the agent and all timers, and powers nothing off. */
  root?: boolean;
}

/** A runner program that waits for a job. */
export interface Worker {
  take(job: string): void;
}

export interface Hub {
  queue(id: string, wish?: Wish): void;
  wishOf(id: string): Wish;
  job(id: string): GitHubJob;
  connect(runner: string, worker: Worker): void;
  disconnect(runner: string): void;
  /** Gives queued jobs to idle runners. */
  assign(): void;
  /** The job's steps begin: how often they did is `begun`. */
  begin(id: string): void;
  begun: string[];
  end(id: string, conclusion: string): void;
}

export interface HubSettings {
  github: Pick<FakeGitHub, 'known' | 'runnersNow'>;
  now(): Time;
  /** May runners in this scope have jobs of this repository? Default: yes. */
  serves?(scope: string, repository: string): boolean;
  /** Sends a signed delivery on its way. */
  send(event: ReturnType<typeof delivery>): void;
}

export const webhookSecret = 'a secret of the webhook, of GitHub and nobody else';

export function hubIn({ github, now, send, serves = () => true }: HubSettings): Hub {
  const wishes = new Map<string, Wish>();
  const idle = new Map<string, Worker>();
  const begun: string[] = [];

  function job(id: string): GitHubJob & { repository: string } {
    const known = github.known.get(id);
    if (!known) throw new Error(`GitHub has no job ${id}`);
    return known;
  }
  function become(id: string, action: string, more: Partial<GitHubJob>): void {
    const next = { ...job(id), ...more };
    github.known.set(id, next);
    send(deliveryOf(action, next, now()));
  }
  const hub: Hub = {
    begun,
    job,
    wishOf: (id) => wishes.get(id) ?? {},
    queue(id, wish = {}) {
      wishes.set(id, wish);
      github.known.set(id, newJob(id, wish, now()));
      become(id, 'queued', {});
    },
    connect: (runner, worker) => void idle.set(runner, worker),
    disconnect: (runner) => void idle.delete(runner),
    assign() {
      for (const [id, { status, repository }] of github.known) {
        const isFor = ([name]: [string, Worker]): boolean => {
          const { scope } = github.runnersNow.get(name) ?? {};
          return scope !== undefined && serves(scope, repository);
        };
        const next = status === 'queued' ? [...idle].find(isFor) : undefined;
        if (!next) continue;
        const [runner, worker] = next;
        idle.delete(runner);
        const registered = github.runnersNow.get(runner);
        if (registered) registered.busy = true;
        become(id, 'in_progress', { status: 'in_progress', runner });
        worker.take(id);
      }
    },
    begin: (id) => void begun.push(id),
    end(id, conclusion) {
      github.runnersNow.delete(job(id).runner ?? '');
      become(id, 'completed', { status: 'completed', conclusion });
    },
  };
  return hub;
}

const newJob = (id: string, wish: Wish, queuedAt: Time): GitHubJob & { repository: string } => ({
  id,
  repository: wish.repository ?? 'film/color',
  runId: wish.runId ?? '90',
  runAttempt: 1,
  name: `build ${id}`,
  labels: wish.labels ?? ['gpu'],
  headSha: 'f'.repeat(40),
  status: 'queued',
  queuedAt,
});

function deliveryOf(action: string, job: GitHubJob & { repository: string }, now: Time) {
  const payload = {
    action,
    repository: { full_name: job.repository, private: false },
    installation: { id: 11 },
    workflow_job: {
      id: Number(job.id),
      run_id: Number(job.runId),
      run_attempt: job.runAttempt,
      name: job.name,
      head_sha: job.headSha,
      labels: job.labels,
      status: action,
      conclusion: job.conclusion,
      runner_name: job.runner,
      created_at: new Date(job.queuedAt).toISOString(),
      started_at: new Date(now).toISOString(),
      completed_at: action === 'completed' ? new Date(now).toISOString() : null,
    },
  };
  const signature = sign(JSON.stringify(payload), webhookSecret);
  return delivery('workflow_job', payload, { 'x-hub-signature-256': signature });
}
