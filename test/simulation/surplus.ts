// Bounded surplus and waiting, where at most one kind of fault happens and the pools have room for every job.
import type { Books } from './books.ts';
import { bootMs, waitMs } from './bounds.ts';
import type { Machine } from './cloud.ts';
import type { LadderName } from './config.ts';
import type { SimulatedJob } from './github.ts';
import { askedAt, queuedOf } from './jobs.ts';
import { broken } from './named.ts';
import type { Service } from './stage.ts';
import { minute, second } from './time.ts';
import type { World } from './world.ts';

/** Names what started beyond need, and jobs that waited for too long. */
export function surplusOf(world: World, { books, cloud, github }: Service, ladder: LadderName): string[] {
  const machines = [...cloud.machines.values()];
  const queued = queuedOf(github);
  const started = machines.length;
  const cancelled = queued.filter((job) => job.cancelled).length;
  const wanted = queued.length - cancelled;
  const stolen = [...github.jobs.values()].filter(({ made }) => made === 'thief').length;
  const failedBoots = machines.filter(hasFailedToBoot).length;
  const lost = machines.filter((machine) => isLost(world, machine)).length + hangsIn(world);
  const unanswered = launchesWithoutAnswer(books);
  const most = wanted + cancelled + stolen + failedBoots + lost + unanswered;
  const words =
    `${started} machines for ${wanted} jobs, ${cancelled} cancelled ones, ${stolen} jobs of others, ` +
    `${failedBoots} failed boots, ${lost} lost machines and ${unanswered} launches without an answer`;
  return [
    ...(started > most ? [broken(10, words)] : []),
    ...queued.flatMap((job) => tooLate(world, job, waitMs(ladder) + Math.max(0, failedBoots - 1) * bootMs)),
  ];
}

/** It never claimed: it did not boot, was unfit, waited in its cloud's queue in vain, or was taken away. */
const hasFailedToBoot = ({ boots, unfit, end, agent }: Machine): boolean =>
  !boots || unfit || end === 'dropped' || (end === 'taken away' && agent === undefined);

/** It was taken away when it had booted; or GitHub refused it, in a scope that is not to be had. */
const isLost = ({ faults }: World, { end, agent, runner }: Machine): boolean =>
  agent !== undefined &&
  (end === 'taken away' || (faults.refusedScope !== undefined && runner === undefined));

/** Agents that hang for ever. */
const hangsIn = ({ strikes }: World): number => strikes.filter(({ kind }) => kind === 'wedged').length;

/** A launch is on record as asked until its answer: a lost one is waited for longer than any that comes. */
const launchesWithoutAnswer = ({ launches }: Books): number =>
  [...launches.values()].filter(({ askedAt, answeredAt = Infinity }) => answeredAt - askedAt > 10 * second)
    .length;

/** No job is admitted while GitHub refuses its scope. */
function tooLate({ faults, faultsEnd }: World, job: SimulatedJob, longestMs: number): string[] {
  const isRefused = faults.refusedScope === `repository/${job.repository}`;
  const since = Math.max(askedAt(job), isRefused ? faultsEnd : 0);
  const waited = (job.startedAt ?? job.endedAt ?? Infinity) - since;
  const words = (): string => `job ${job.id} waited ${Math.round(waited / minute)} minutes`;
  return waited > longestMs ? [broken(10, words())] : [];
}
