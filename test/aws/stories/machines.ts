// Machines of EC2: one serves a job, one's job is cancelled, and some are of a fleet that was never answered.
import { expect } from 'vitest';
import { machineTags } from '../../../shared/contract/machine.ts';
import { runnerPrefix } from '../../../shared/contract/names.ts';
import { until } from '../../local/e2e/until.ts';
import type { Machine } from '../../stand-ins/ec2/world.ts';
import { next } from '../../stand-ins/plans.ts';
import { config, type StoryName } from '../configuration.ts';
import { type Asked, aboutFleets, jobOf, look, queue, timesRun } from '../crew.ts';
import { scene } from '../scene.ts';
import type { Stage } from '../stage.ts';

const machinesOf = ({ ec2 }: Stage, story: StoryName): Machine[] =>
  ec2.machines().filter(({ tags }) => tags[machineTags.pool] === story);

/** Calls of EC2 with these words in their form. */
const callsOf = ({ proxy }: Stage, ...words: string[]) =>
  proxy.calls.filter(
    ({ operation, body }) => operation === 'POST /' && words.every((word) => body.includes(word)),
  );

/** Waits until GitHub has ended the jobs, and until no machine and no registration is left of the story. */
async function allHasEnded(stage: Stage, story: StoryName, jobs: Asked[]): Promise<void> {
  const wait = (what: string, holds: () => boolean | Promise<boolean>) =>
    until(holds, `${story}: ${what}`, 270_000, 300);
  await wait('GitHub has ended all jobs', () =>
    jobs.every((job) => jobOf(stage, job)?.status === 'completed'),
  );
  await wait('all machines are terminated', () =>
    machinesOf(stage, story).every(({ state }) => state === 'terminated'),
  );
  await wait('/api/builders shows that all are gone', async () =>
    (await look(stage, story)).builders.every(({ phase }) => phase === 'gone'),
  );
  const prefixes = machinesOf(stage, story).map(({ id }) => `${runnerPrefix(config.installation)}${id}-`);
  await wait('GitHub has no registration', () =>
    stage.github.runners().every(({ name }) => !prefixes.some((prefix) => name.startsWith(prefix))),
  );
}

export function machines(current: () => Stage): void {
  scene(current, 'fleet', 'a job is served by a machine that has proved itself', async (stage) => {
    const job = queue(stage, 'fleet');
    await allHasEnded(stage, 'fleet', [job]);
    expect(jobOf(stage, job)?.conclusion).toBe('success');
    expect(timesRun(stage, job)).toBe(1);
    const [machine, ...more] = machinesOf(stage, 'fleet');
    expect(more).toEqual([]);
    expect((await look(stage, 'fleet')).builders).toMatchObject([
      { id: machine?.id, provider: 'ec2', job: job.id, offering: expect.stringContaining('/m7i.large/') },
    ]);
  });

  scene(current, 'barecancelled', 'a machine whose job is cancelled is ended', async (stage) => {
    const story = 'barecancelled';
    const job = queue(stage, story);
    const machine = await until(() => machinesOf(stage, story)[0], 'a machine', 120_000);
    expect(machine.tags).toEqual({
      [machineTags.installation]: config.installation,
      [machineTags.pool]: story,
      [machineTags.launch]: `${story}-1`,
      [machineTags.url]: stage.proxy.url,
      [machineTags.gpu]: '0',
    });
    const lists = () => callsOf(stage, 'Action=DescribeInstances', 'instance-state-name').length;
    const before = lists();
    await until(() => lists() > before, 'the reaper lists machines', 120_000);
    expect((await look(stage, story)).builders).toMatchObject([{ id: machine.id, phase: 'booting' }]);
    stage.github.cancelJob(job.id);
    await allHasEnded(stage, story, [job]);
    expect(callsOf(stage, 'Action=TerminateInstances', machine.id)).not.toEqual([]);
    expect(machinesOf(stage, story)).toHaveLength(1);
    expect(callsOf(stage, 'Action=CreateFleet', aboutFleets(story))).toHaveLength(1);
  });

  scene(current, 'fleetlost', 'machines whose fleet was never answered are found', async (stage) => {
    const words = ['Action=CreateFleet', aboutFleets('fleetlost')];
    const lost = next(1, { operation: 'POST /', words }, { kind: 'lost' });
    stage.proxy.plan(lost.plan);
    const jobs = [queue(stage, 'fleetlost'), queue(stage, 'fleetlost')];
    await allHasEnded(stage, 'fleetlost', jobs);
    expect(lost.met()).toBe(1);
    expect(jobs.map((job) => jobOf(stage, job)?.conclusion)).toEqual(['success', 'success']);
    expect(jobs.map((job) => timesRun(stage, job))).toEqual([1, 1]);
    expect(machinesOf(stage, 'fleetlost')).toHaveLength(2);
  });
}
