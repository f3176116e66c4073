// Answers that are lost, services that throttle, faults by chance: each job still runs once, on one build.
import { expect } from 'vitest';
import { until } from '../../local/e2e/until.ts';
import { next, seeded } from '../../stand-ins/plans.ts';
import type { Fault } from '../../stand-ins/proxy.ts';
import { aboutPool, allIsWell, buildsOf, isAbout, jobOf, projectOf, queue } from '../crew.ts';
import { scene } from '../scene.ts';
import type { Stage } from '../stage.ts';

export function faults(current: () => Stage): void {
  scene(current, 'answers', 'answers of writes, rings, StartBuild and a claim are lost', async (stage) => {
    const lost: Fault = { kind: 'lost' };
    const words = (kind: string) => [aboutPool('answers'), `{"S":"${kind}"}`];
    const plans = [
      next(1, { operation: 'PutItem', words: words('job') }, lost),
      next(1, { operation: 'PutItem', words: words('launch') }, lost),
      next(1, { operation: 'PutItem', words: words('builder') }, lost),
      next(2, { operation: 'SendMessage', words: ['"MessageGroupId":"answers"'] }, lost),
      next(1, { operation: 'StartBuild', words: [projectOf('answers')] }, lost),
      next(1, { operation: 'POST /builders/claim', words: ['"cb-answers-'] }, lost),
    ];
    for (const { plan } of plans) stage.proxy.plan(plan);
    await allIsWell(stage, 'answers', [queue(stage, 'answers')]);
    expect(plans.map(({ met }) => met())).toEqual([1, 1, 1, 2, 1, 1]);
  });

  scene(current, 'throttled', 'every service throttles', async (stage) => {
    const throttled: Fault = { kind: 'throttled' };
    const words = [aboutPool('throttled')];
    const plans = [
      next(4, { operation: 'PutItem', words }, throttled),
      next(4, { operation: 'Query', words }, throttled),
      next(2, { operation: 'GetItem', words }, throttled),
      next(2, { operation: 'SendMessage', words: ['"MessageGroupId":"throttled"'] }, throttled),
      next(2, { operation: 'StartBuild', words: [projectOf('throttled')] }, throttled),
      next(1, { operation: 'POST /builders/claim', words: ['"cb-throttled-'] }, throttled),
    ];
    for (const { plan } of plans) stage.proxy.plan(plan);
    await allIsWell(stage, 'throttled', [queue(stage, 'throttled')]);
    expect(plans.map(({ met }) => met())).toEqual([4, 4, 2, 2, 2, 1]);
  });

  loads(current);
}

function loads(current: () => Stage): void {
  scene(current, 'burst', 'a burst of ten jobs is served by ten builds', async (stage) => {
    const jobs = Array.from({ length: 10 }, () => queue(stage, 'burst'));
    await allIsWell(stage, 'burst', jobs);
  });

  scene(current, 'chance', 'faults come by chance for a minute, then all is healed', async (stage) => {
    const chances = { throttled: 0.08, unreached: 0.08, lost: 0.08 };
    let met = 0;
    const plan = seeded(20_261_121, chances, (call) => isAbout('chance', call));
    const healed = stage.proxy.plan((call) => {
      const fault = plan(call);
      if (fault) met += 1;
      return fault;
    });
    const jobs = Array.from({ length: 4 }, () => queue(stage, 'chance'));
    const ended = () => jobs.every((job) => jobOf(stage, job)?.status === 'completed');
    await until(ended, 'all jobs have ended while faults come', 60_000, 500).catch(() => {});
    healed();
    stage.repeatEvents(projectOf('chance'));
    await allIsWell(stage, 'chance', jobs, { most: Number.POSITIVE_INFINITY });
    const builds = buildsOf(stage, 'chance').length;
    console.log(`by chance: ${met} faults, ${jobs.length} jobs, ${builds} builds`);
    expect(met).toBeGreaterThan(0);
    expect(builds).toBeLessThanOrEqual(jobs.length + met);
  });
}
