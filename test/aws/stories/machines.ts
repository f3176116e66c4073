// Machines of EC2: one serves a job, one's job is cancelled, and some are of a fleet that was never answered.
import { expect } from 'vitest';
import { machineTags } from '../../../shared/contract/machine.ts';
import { until } from '../../local/e2e/until.ts';
import { next } from '../../stand-ins/plans.ts';
import { config } from '../configuration.ts';
import { aboutFleets, jobOf, look, queue, timesRun } from '../crew.ts';
import { callsOf, machinesHaveEnded, machinesOf } from '../machine-crew.ts';
import { scene } from '../scene.ts';
import type { Stage } from '../stage.ts';

export function machines(current: () => Stage): void {
  scene(current, 'fleet', 'a job is served by a machine that has proved itself', async (stage) => {
    const job = queue(stage, 'fleet');
    await machinesHaveEnded(stage, 'fleet', [job]);
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
    await machinesHaveEnded(stage, story, [job]);
    expect(callsOf(stage, 'Action=TerminateInstances', machine.id)).not.toEqual([]);
    expect(machinesOf(stage, story)).toHaveLength(1);
    expect(callsOf(stage, 'Action=CreateFleet', aboutFleets(story))).toHaveLength(1);
  });

  scene(current, 'fleetlost', 'machines whose fleet was never answered are found', async (stage) => {
    const words = ['Action=CreateFleet', aboutFleets('fleetlost')];
    const lost = next(1, { operation: 'POST /', words }, { kind: 'lost' });
    stage.proxy.plan(lost.plan);
    const jobs = [queue(stage, 'fleetlost'), queue(stage, 'fleetlost')];
    await machinesHaveEnded(stage, 'fleetlost', jobs);
    expect(lost.met()).toBe(1);
    expect(jobs.map((job) => jobOf(stage, job)?.conclusion)).toEqual(['success', 'success']);
    expect(jobs.map((job) => timesRun(stage, job))).toEqual([1, 1]);
    expect(machinesOf(stage, 'fleetlost')).toHaveLength(2);
  });
}
