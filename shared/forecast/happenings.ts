// What happens in a simulated month without the planner: jobs come and end, machines boot, hosts are cleaned.
import { observeHost } from '../scheduler/hosts/observe.ts';
import type { Builder, Job, Time } from '../scheduler/records.ts';
import { type CloudHost, sightingOf, takes } from './cloud.ts';
import type { Demand } from './demand.ts';
import { minute, second } from './units.ts';
import { stored, type World } from './world.ts';

/** How often an agent without work asks for it. */
const asksEveryMs = 20 * second;

/** GitHub queues a job, of a run that may be trusted. */
export function queue(world: World, demand: Demand): void {
  const { id, repository, at, ms } = demand;
  const run = `run-${id}`;
  world.lengths.set(id, ms);
  world.records.jobs.set(id, {
    kind: 'job',
    ...stored(id),
    phase: 'waiting',
    repository,
    project: repository.split('/')[1] ?? repository,
    scope: `repository/${repository}`,
    labels: ['mac'],
    name: 'build',
    runId: run,
    runAttempt: 1,
    headSha: '',
    queuedAt: at,
    heardAt: at,
    isPublic: true,
  });
  world.records.runs.set(run, {
    kind: 'run',
    ...stored(run),
    repository,
    event: 'push',
    trust: 'trusted',
    why: 'a push',
    askedAt: at,
  });
}

/** The agent of a machine that has booted asks for work for the first time in its turn. */
export function ask(world: World, id: string): void {
  const builder = world.records.builders.get(id);
  if (builder?.phase !== 'booting') return;
  world.speaking.add(id);
  world.asking.add(id);
  world.records.builders.set(id, { ...builder, askedAt: world.now });
  claim(world, id);
}

/** A builder that was dealt work hears of it when its agent asks next. */
export function claimSoon(world: World, id: string): void {
  const untilMs = world.luck('next question', `${id}/${world.now}`) * asksEveryMs;
  world.agenda.at(world.now + untilMs, () => claim(world, id));
}

/** The agent gets a registration, and GitHub hands it the oldest job of its scope. */
function claim(world: World, id: string): void {
  const builder = world.records.builders.get(id);
  if (builder?.phase !== 'booting' || !builder.scope || !world.asking.has(id)) return;
  const job = oldestIn(world, builder.scope);
  if (!job) return;
  const { now } = world;
  const runner = `callsheet-forecast-${id}-${builder.turn}-1`;
  world.asking.delete(id);
  world.records.builders.set(id, {
    ...builder,
    phase: 'ready',
    count: 1,
    runner,
    claimedAt: now,
    readyAt: now,
    startedAt: now,
    run: job.runId,
  });
  world.records.jobs.set(job.id, { ...job, phase: 'running', runner, startedAt: now, heardAt: now });
  world.waits.push(now - job.queuedAt);
  world.agenda.at(now + (world.lengths.get(job.id) ?? 0), () => finish(world, id, job.id));
}

function oldestIn({ records }: World, scope: string): Job | undefined {
  const waiting = [...records.jobs.values()].filter((job) => job.phase === 'waiting' && job.scope === scope);
  return waiting.sort((a, b) => a.queuedAt - b.queuedAt)[0];
}

/** The job has ended, and the agent says so. */
function finish(world: World, id: string, jobId: string): void {
  const { now, records } = world;
  const [builder, job] = [records.builders.get(id), records.jobs.get(jobId)];
  if (job) records.jobs.set(jobId, { ...job, phase: 'done', endedAt: now, outcome: 'success', heardAt: now });
  if (builder?.phase !== 'ready') return;
  records.builders.set(id, { ...builder, phase: 'resetting', finishedAt: now });
}

/** The machine has ended: the host cleans itself, and is there again. */
export function ended(world: World, { id, launch }: Builder, host: CloudHost): void {
  const { now, records } = world;
  const current = records.builders.get(id);
  if (current) records.builders.set(id, { ...current, phase: 'gone', endedAt: now });
  host.machine = undefined;
  host.cleansSince = now;
  see(world, host);
  world.agenda.at(now + takes.scrub(world.luck('scrub', firstJob(world, launch))), () => {
    host.cleanedMs += world.now - (host.cleansSince ?? world.now);
    host.cleansSince = undefined;
    see(world, host);
  });
}

/** Whom a machine was started for: its luck is that of the same job under other policies. */
const firstJob = ({ records }: World, launch: string): string =>
  records.launches.get(launch)?.deal[0]?.job ?? launch;

/** The reaper's next sweep, at the full minute, writes down how the host is. */
export function see(world: World, host: CloudHost): void {
  world.agenda.at(nextMinute(world.now), () => {
    const record = world.records.hosts.get(host.id);
    const news = record && observeHost(record, sightingOf(host), world.now);
    if (news) world.records.hosts.set(host.id, news);
  });
}

/** The first full minute after a time. */
export const nextMinute = (time: Time): Time => (Math.floor(time / minute) + 1) * minute;
