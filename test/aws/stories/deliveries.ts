// Deliveries that come twice, not at all, or too late; and jobs that may not have a machine.
import { expect } from 'vitest';
import { until } from '../../local/e2e/until.ts';
import { next } from '../../stand-ins/plans.ts';
import type { StoryName } from '../configuration.ts';
import { aboutPool, allHasEnded, allIsWell, buildsOf, jobOf, look, queue, timesRun } from '../crew.ts';
import { scene } from '../scene.ts';
import type { Stage } from '../stage.ts';

/** Deliveries about jobs of the story's pool. */
const delivery = (story: StoryName, action: string) => ({
  operation: 'POST /github/webhooks',
  words: [`"labels":["${story}"]`, `"action":"${action}"`],
});

export function deliveries(current: () => Stage): void {
  scene(current, 'twice', 'a job whose deliveries come twice is served once', async (stage) => {
    const plans = (['queued', 'in_progress', 'completed'] as const).map((action) =>
      next(1, delivery('twice', action), { kind: 'twice' }),
    );
    for (const { plan } of plans) stage.proxy.plan(plan);
    await allIsWell(stage, 'twice', [queue(stage, 'twice')]);
    expect(plans.map(({ met }) => met())).toEqual([1, 1, 1]);
  });

  scene(current, 'lost', 'a job whose first delivery is lost is found by the reaper', async (stage) => {
    const lost = next(1, delivery('lost', 'queued'), { kind: 'unreached' });
    stage.proxy.plan(lost.plan);
    await allIsWell(stage, 'lost', [queue(stage, 'lost')]);
    expect(lost.met()).toBe(1);
  });

  scene(
    current,
    'late',
    'a job that is cancelled before its first delivery arrives gets no machine',
    async (stage) => {
      const late = next(1, delivery('late', 'queued'), { kind: 'late', ms: 4000 });
      stage.proxy.plan(late.plan);
      const job = queue(stage, 'late');
      stage.github.cancelJob(job.id);
      await allHasEnded(stage, 'late', [job]);
      const before = sweeps(stage);
      await until(() => sweeps(stage) > before, 'the reaper has looked', 70_000);
      expect(late.met()).toBe(1);
      expect(buildsOf(stage, 'late')).toEqual([]);
      expect((await look(stage, 'late')).jobs).toMatchObject([{ id: job.id, outcome: 'cancelled' }]);
    },
  );
}

/** Jobs of forks, which the project does not serve. */
export function forks(current: () => Stage): void {
  scene(current, 'fork', 'a job of a fork is refused, told so, and gets no machine', async (stage) => {
    const job = queue(stage, 'fork', { fork: true });
    const refused = async () => (await look(stage, 'fork')).jobs.find(({ why }) => why?.includes('fork'));
    const shown = await until(refused, 'it is shown as refused', 60_000, 300);
    expect(shown).toMatchObject({ id: job.id, phase: 'done', outcome: 'refused' });
    expect(jobOf(stage, job)?.status).toBe('queued');
    expect(buildsOf(stage, 'fork')).toEqual([]);
    stage.github.cancelJob(job.id);
    await allHasEnded(stage, 'fork', [job]);
    expect(buildsOf(stage, 'fork')).toEqual([]);
  });

  scene(
    current,
    'thief',
    'a fork that takes the machine of another job runs no step, and that job gets another machine',
    async (stage) => {
      // GitHub gives a runner the oldest job that fits.
      const fork = queue(stage, 'thief', { fork: true });
      const wanted = queue(stage, 'thief');
      await allHasEnded(stage, 'thief', [fork, wanted]);
      expect(jobOf(stage, fork)?.conclusion).toBe('failure');
      expect(stage.github.log(fork.id)).toContain('serves no forks');
      expect(timesRun(stage, fork)).toBe(0);
      expect(jobOf(stage, wanted)?.conclusion).toBe('success');
      expect(timesRun(stage, wanted)).toBe(1);
      expect(buildsOf(stage, 'thief')).toHaveLength(2);
    },
  );
}

/** How often the table was read for the pool of nobody: once by each sweep. */
const sweeps = ({ proxy }: Stage): number =>
  proxy.calls.filter(({ operation, body }) => operation === 'Query' && body.includes(aboutPool('orphan')))
    .length;
