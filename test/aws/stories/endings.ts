// Builds that end otherwise: jobs cancelled, machines killed, events that never come, builds without owner.
import { expect } from 'vitest';
import { until } from '../../local/e2e/until.ts';
import {
  type Asked,
  allHasEnded,
  allIsWell,
  buildsOf,
  gate,
  jobOf,
  look,
  projectOf,
  queue,
  timesRun,
} from '../crew.ts';
import { scene } from '../scene.ts';
import type { Stage } from '../stage.ts';

const begun: Asked[] = [];

/** The longest story begins before all others: its machine is not missed before it is three minutes old. */
export function beginSilence(stage: Stage): void {
  stage.silent.add(projectOf('silent'));
  begun.push(queue(stage, 'silent'));
}

export function endings(current: () => Stage): void {
  scene(current, 'cancelled', 'a job that is cancelled while it runs ends with its build', async (stage) => {
    const job = queue(stage, 'cancelled', { after: gate(`${stage.folder}/never`) });
    await until(() => timesRun(stage, job) === 1, 'the job runs', 120_000);
    stage.github.cancelJob(job.id);
    await allHasEnded(stage, 'cancelled', [job]);
    expect(jobOf(stage, job)?.conclusion).toBe('cancelled');
    expect(buildsOf(stage, 'cancelled')).toHaveLength(1);
  });

  scene(
    current,
    'silent',
    'a build whose end no event tells is seen as gone by the reaper',
    async (stage) => {
      await allIsWell(stage, 'silent', begun);
    },
  );

  scene(
    current,
    'orphan',
    'a build that nobody owns is stopped at its second sighting, not before',
    async (stage) => {
      const seen = () =>
        stage.proxy.calls.filter(
          ({ operation, body }) => operation === 'ListBuildsForProject' && body.includes(projectOf('orphan')),
        );
      const before = seen().length;
      const build = stage.codebuild.plant(projectOf('orphan'));
      await until(() => build.status !== 'IN_PROGRESS', 'the orphan is stopped', 280_000, 100);
      expect(build.status).toBe('STOPPED');
      const [first, second] = seen().slice(before);
      expect(build.endedAt).toBeGreaterThanOrEqual((first?.at ?? 0) + 50_000);
      expect(build.endedAt).toBeGreaterThanOrEqual(second?.at ?? Number.POSITIVE_INFINITY);
      expect((await look(stage, 'orphan')).builders).toEqual([]);
    },
  );
}

/** Builds that are killed, before their job and in the middle of it. */
export function kills(current: () => Stage): void {
  scene(current, 'killed', 'a build that is killed before its job is replaced', async (stage) => {
    const { codebuild } = stage;
    const job = queue(stage, 'killed');
    const first = await until(() => buildsOf(stage, 'killed')[0], 'a build is started', 120_000, 5);
    codebuild.end(first.id, 'FAILED');
    await allIsWell(stage, 'killed', [job], { fewest: 2 });
  });

  scene(current, 'midjob', 'a build that is killed while its job runs leaves nothing', async (stage) => {
    const job = queue(stage, 'midjob', { after: gate(`${stage.folder}/never`) });
    await until(() => timesRun(stage, job) === 1, 'the job runs', 120_000);
    const [build] = buildsOf(stage, 'midjob');
    stage.codebuild.end(build?.id ?? '', 'FAILED');
    await allHasEnded(stage, 'midjob', [job]);
    expect(jobOf(stage, job)?.conclusion).toBe('failure');
    expect(timesRun(stage, job)).toBe(1);
    expect(buildsOf(stage, 'midjob')).toHaveLength(1);
  });
}
