// Macs: a host that serves two repositories for its day, and hosts whose answers are lost on the way.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { machineTags } from '../../../shared/contract/machine.ts';
import { until } from '../../local/e2e/until.ts';
import { isReleased, leastMs, type StandInHost } from '../../stand-ins/ec2/hosts.ts';
import { next } from '../../stand-ins/plans.ts';
import type { StoryName } from '../configuration.ts';
import { type Asked, aboutFleets, aboutHost, gate, jobOf, look, queue, timesRun } from '../crew.ts';
import { callsOf, machinesHaveEnded, machinesOf } from '../machine-crew.ts';
import { scene } from '../scene.ts';
import type { Stage } from '../stage.ts';

/** Longer than the sweeps that a turn of a Mac waits for. */
const longest = 200_000;

const hostsOf = ({ ec2 }: Stage, story: StoryName): StandInHost[] =>
  ec2.hosts().filter(({ tags }) => tags[machineTags.pool] === story);

function hostOf(stage: Stage, story: StoryName): StandInHost {
  const [host, ...more] = hostsOf(stage, story);
  expect(more).toEqual([]);
  if (!host) throw new Error(`${story} has no host`);
  return host;
}

const isDone = (stage: Stage, job: Asked) => (): boolean => jobOf(stage, job)?.status === 'completed';

/**
 * Nobody waits a day here: EC2 says from now on that the host was allocated a day and a bit ago, and the
 * reaper reads it there.
 */
async function endDay(stage: Stage, story: StoryName): Promise<void> {
  const host = hostOf(stage, story);
  expect(callsOf(stage, 'Action=ReleaseHosts', host.id)).toEqual([]);
  host.allocatedAt -= leastMs + 120_000;
  const read = async () => {
    const [shown] = (await look(stage, story)).hosts;
    return Date.parse(shown?.paidUntil ?? '') < Date.now();
  };
  await until(read, `${story}: the reaper reads when the day ends`, longest, 300);
}

/** Waits until all jobs have succeeded, ran once each, and the host is released and paid for. */
async function allIsWell(stage: Stage, story: StoryName, jobs: Asked[]): Promise<void> {
  await until(() => isReleased(hostOf(stage, story)), `${story}: the host is released`, longest, 300);
  await machinesHaveEnded(stage, story, jobs);
  expect(jobs.map((job) => jobOf(stage, job)?.conclusion)).toEqual(jobs.map(() => 'success'));
  expect(jobs.map((job) => timesRun(stage, job))).toEqual(jobs.map(() => 1));
  const shown = async () => {
    const [host] = (await look(stage, story)).hosts;
    return host?.phase === 'released' ? host : undefined;
  };
  const host = await until(shown, `${story}: /api/hosts shows that the host is released`, longest, 300);
  expect(host).toMatchObject({ id: hostOf(stage, story).id, jobs: jobs.length, usdPerHour: 0.65 });
  // A day at least, but for what it has cleaned itself.
  expect(host.usd).toBeGreaterThan(15.5);
  expect(host.usd).toBeLessThan(16);
}

/** The next call of this kind is done, and its answer is lost. `words`: what its form has. */
function losing({ proxy }: Stage, action: string, ...words: string[]): () => number {
  const lost = next(1, { operation: 'POST /', words: [`Action=${action}`, ...words] }, { kind: 'lost' });
  proxy.plan(lost.plan);
  return lost.met;
}

/**
 * When the host is to be released, somebody else's machine is on it, for a moment. Answers how often that
 * was.
 */
function occupying({ proxy, ec2 }: Stage, story: StoryName): () => number {
  let times = 0;
  proxy.plan(({ body }) => {
    const host = ec2.hosts().find(({ id, tags }) => tags[machineTags.pool] === story && body.includes(id));
    if (times > 0 || !host || !body.includes('Action=ReleaseHosts')) return undefined;
    times += 1;
    host.machine = ec2.plant(
      { [machineTags.pool]: 'bare' },
      { type: host.type, zone: host.zone, host: host.id },
    );
    setTimeout(ec2.end, 2000, host.machine.id);
    return undefined;
  });
  return () => times;
}

/** The day of a host. */
export function macs(current: () => Stage): void {
  scene(current, 'mac', 'a host serves two repositories, and is released after its day', async (stage) => {
    const story = 'mac';
    const [first, second] = [queue(stage, story), queue(stage, story)];
    await until(isDone(stage, first), 'the first job is over', longest, 300);
    const [machine] = machinesOf(stage, story);
    expect(machine?.tags[machineTags.epoch]).toBeUndefined();
    expect(jobOf(stage, second)?.status).toBe('queued');
    await until(isDone(stage, second), 'the second job is over', longest, 300);
    expect(machine?.tags[machineTags.epoch]).toMatch(/^[0-9a-f]{64}$/);
    expect(machinesOf(stage, story)).toHaveLength(1);
    const opens = join(stage.folder, 'mac-opens');
    const repository = 'film/sound';
    const third = queue(stage, story, { repository, after: gate(opens) });
    await until(() => timesRun(stage, third) === 1, 'the third job runs', longest, 300);
    const [, clean] = machinesOf(stage, story);
    expect([machine?.state, clean?.host]).toEqual(['terminated', hostOf(stage, story).id]);
    await endDay(stage, story);
    writeFileSync(opens, '');
    await allIsWell(stage, story, [first, second, third]);
    expect(callsOf(stage, 'Action=AllocateHosts', aboutHost(story))).toHaveLength(1);
    expect(callsOf(stage, 'Action=RunInstances', aboutFleets(story))).toHaveLength(2);
    expect(callsOf(stage, 'Action=ReleaseHosts', hostOf(stage, story).id)).toHaveLength(1);
  });
}

/** Hosts, machines and resets whose answers are lost, and a host that is occupied. */
export function lostMacs(current: () => Stage): void {
  scene(current, 'macstart', 'a host and its machine are found whose answers are lost', async (stage) => {
    const story = 'macstart';
    const lost = [
      losing(stage, 'AllocateHosts', aboutHost(story)),
      losing(stage, 'RunInstances', aboutFleets(story)),
    ];
    const job = queue(stage, story);
    await until(isDone(stage, job), 'the job is over', longest, 300);
    expect(lost.map((met) => met())).toEqual([1, 1]);
    expect(machinesOf(stage, story)).toHaveLength(1);
    const occupied = occupying(stage, story);
    await endDay(stage, story);
    await allIsWell(stage, story, [job]);
    expect(occupied()).toBe(1);
    expect(callsOf(stage, 'Action=ReleaseHosts', hostOf(stage, story).id)).toHaveLength(2);
  });

  scene(current, 'macend', 'a reset and a release are found whose answers are lost', async (stage) => {
    const story = 'macend';
    const opens = join(stage.folder, 'macend-opens');
    const reset = losing(stage, 'CreateReplaceRootVolumeTask', `Value=${story}&`);
    const jobs = [queue(stage, story), queue(stage, story, { after: gate(opens) })];
    await until(() => jobs.every((job) => timesRun(stage, job) === 1), 'the second job runs', longest, 300);
    expect(reset()).toBe(1);
    expect(stage.ec2.resets().filter(({ tags }) => tags[machineTags.pool] === story)).toHaveLength(1);
    expect(machinesOf(stage, story)).toHaveLength(1);
    const release = losing(stage, 'ReleaseHosts', hostOf(stage, story).id);
    await endDay(stage, story);
    writeFileSync(opens, '');
    await allIsWell(stage, story, jobs);
    expect(release()).toBe(1);
  });
}
