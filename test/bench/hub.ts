// A GitHub for the benchmark: one run of many jobs, runners that take the oldest job, deliveries, no faults.
import type { GitHub, GitHubJob } from '../../shared/scheduler/ports.ts';
import { second, type VirtualTime } from '../simulation/time.ts';

export const repository = 'film/color';
export const runId = '77';

/** How long it takes GitHub to deliver, and to give a job to an idle runner (ms). */
const deliveryMs = 700;
const assignMs = second;

/** What a job is given to: its hook says whether it may run, for how long, and what follows. */
export interface Worker {
  start(job: GitHubJob): Promise<{ runMs: number }>;
  end(): void;
}

export type Hub = ReturnType<typeof hubIn>;

/** @param deliver Takes a delivery about the job as it is now. */
export function hubIn(time: VirtualTime, deliver: (job: GitHubJob) => void) {
  const jobs = new Map<string, GitHubJob>();
  const registered = new Map<string, string>();
  const idle: { name: string; worker: Worker }[] = [];

  const send = (job: GitHubJob): void => {
    const told = { ...job };
    time.after(deliveryMs, () => deliver(told));
  };

  const run = async (job: GitHubJob, worker: Worker): Promise<void> => {
    await time.sleep(assignMs);
    job.status = 'in_progress';
    send(job);
    const { runMs } = await worker.start(job);
    await time.sleep(runMs);
    Object.assign(job, { status: 'completed', conclusion: 'success' });
    registered.delete(job.runner ?? '');
    send(job);
    worker.end();
  };

  const match = (): void => {
    const waiting = [...jobs.values()].filter((job) => job.status === 'queued' && !job.runner);
    for (const job of waiting) {
      const next = idle.shift();
      if (!next) return;
      job.runner = next.name;
      void run(job, next.worker);
    }
  };

  return {
    jobs,
    registered,
    queue(id: string): void {
      const job = jobOf(id, time.now());
      jobs.set(id, job);
      send(job);
      match();
    },
    /** The runner program has started. */
    connect(name: string, worker: Worker): void {
      idle.push({ name, worker });
      match();
    },
    ports: portsOf(jobs, registered),
  };
}

const jobOf = (id: string, queuedAt: number): GitHubJob => ({
  id,
  runId,
  runAttempt: 1,
  name: `build (${id})`,
  labels: ['gpu'],
  headSha: 'f'.repeat(40),
  status: 'queued',
  queuedAt,
});

function portsOf(jobs: Map<string, GitHubJob>, registered: Map<string, string>): GitHub {
  /** A job that is only assigned names no runner yet. */
  const shown = (job: GitHubJob): GitHubJob =>
    job.status === 'queued' ? { ...job, runner: undefined } : job;
  return {
    jobs: {
      job: async (_repository, id) => {
        const job = jobs.get(id);
        return job && shown(job);
      },
      run: async () => ({ id: runId, event: 'push', status: 'queued', headSha: '', baseRepositoryId: '1' }),
      queued: async () => [...jobs.values()].filter((job) => job.status === 'queued').map(shown),
      cancelRun: async () => undefined,
      rerun: async () => undefined,
      requiresApprovalForAll: async () => true,
    },
    runners: {
      register: async (scope, name) => {
        registered.set(name, scope);
        return { kind: 'made', jitConfig: name, runnerId: name };
      },
      remove: async (_scope, { name }) => (registered.delete(name) ? 'deleted' : 'absent'),
      list: async () => [...registered.keys()].map((name) => ({ id: name, name, busy: false, online: true })),
      refusal: async () => undefined,
      download: async () => ({ url: 'https://example.com/runner.tar.gz', sha256: '0'.repeat(64) }),
    },
    checks: { create: async () => '1', update: async () => undefined },
    deliveries: { page: async () => ({ attempts: [] }), redeliver: async () => undefined },
    allowance: () => undefined,
  };
}
