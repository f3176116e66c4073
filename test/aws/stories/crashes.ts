// The dispatcher is killed in the middle of a pass: between two lines of code, as a crash would.
import { expect } from 'vitest';
import { resourceName } from '../../../shared/contract/names.ts';
import { until } from '../../local/e2e/until.ts';
import { next } from '../../stand-ins/plans.ts';
import { config } from '../configuration.ts';
import { kill } from '../container.ts';
import { workersOf } from '../control.ts';
import { aboutPool, allIsWell, hasPlayed, projectOf, queue } from '../crew.ts';
import { scene } from '../scene.ts';
import type { Stage } from '../stage.ts';

const killDispatcher = (): void => {
  for (const pid of workersOf(resourceName(config.installation, 'dispatcher'))) kill(pid);
};

/**
 * A crash hides the rings of its batch for a minute, those of other pools among them: hence one after the
 * other, when most stories are told.
 */
export function crashes(current: () => Stage): void {
  scene(
    current,
    'unsaved',
    'killed before its launch is saved, it starts one build all the same',
    async (stage) => {
      await until(() => hasPlayed(stage, 'burst'), 'the burst is over', 120_000, 300);
      const words = [aboutPool('unsaved'), '{"S":"launch"}'];
      const crash = next(
        1,
        { operation: 'PutItem', words },
        { kind: 'unreached', meanwhile: killDispatcher },
      );
      stage.proxy.plan(crash.plan);
      await allIsWell(stage, 'unsaved', [queue(stage, 'unsaved')]);
      expect(crash.met()).toBe(1);
    },
  );

  scene(
    current,
    'unanswered',
    'killed after StartBuild and before the answer, it finds the build that it has started',
    async (stage) => {
      await until(() => hasPlayed(stage, 'unsaved'), 'the other crash is over', 200_000, 300);
      const words = [projectOf('unanswered')];
      const crash = next(1, { operation: 'StartBuild', words }, { kind: 'lost', meanwhile: killDispatcher });
      stage.proxy.plan(crash.plan);
      // While its pool's rings are hidden no pass knows the build: its minute of patience may end with them,
      // and then another one is started for the job.
      await allIsWell(stage, 'unanswered', [queue(stage, 'unanswered')], { most: 2 });
      expect(crash.met()).toBe(1);
    },
  );
}
