// What happens because nothing happened: every rule looks at what is, once a tick.
import { type Hub, removeRunner } from './hub.ts';
import { appendLog, endJob, match, takeBack } from './jobs.ts';
import { isOnline, type Job, type Runner } from './world.ts';

/** Applies GitHub's time-outs to every job and registration. */
export function expire(hub: Hub, now: number): void {
  for (const job of hub.world.jobs.values()) {
    if (job.status === 'queued') expireQueued(hub, job, now);
    if (job.status === 'in_progress') expireRunning(hub, job, now);
  }
  for (const runner of hub.world.runners.values()) {
    if (isUnused(hub, runner, now)) removeRunner(hub, runner);
  }
  match(hub);
}

function expireQueued(hub: Hub, job: Job, now: number): void {
  if (job.assignedAt !== undefined && now - job.assignedAt > hub.delays.pickUpMs) {
    // Whoever did not come for its job is offline until it is heard of again.
    if (job.runner?.polls === 0) job.runner.heardAt = undefined;
    takeBack(job);
  }
  if (now - job.queuedAt > hub.delays.queuedMs) endJob(hub, job, 'failure');
}

function expireRunning(hub: Hub, job: Job, now: number): void {
  if (job.cancelledAt !== undefined && now - job.cancelledAt > hub.delays.cancelMs) {
    endJob(hub, job, 'cancelled');
  } else if (job.runner && !isOnline(job.runner, now, hub.delays.lostMs)) {
    appendLog(hub, job, 'The self-hosted runner lost communication with the server.\n');
    endJob(hub, job, 'failure');
  }
}

const isUnused = (hub: Hub, runner: Runner, now: number): boolean =>
  runner.version === undefined && now - runner.createdAt > hub.delays.unusedMs;
