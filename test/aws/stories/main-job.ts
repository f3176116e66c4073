// One job from its signed delivery to the end of its build, alone: so that calls can be counted.
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { until } from '../../local/e2e/until.ts';
import type { Call } from '../../stand-ins/proxy.ts';
import { allIsWell, buildsOf, gate, isAbout, jobOf, look, queue } from '../crew.ts';
import type { Stage } from '../stage.ts';

const story = 'main';

export function mainJob(current: () => Stage): void {
  it('is served by a build, shown, and leaves nothing', async () => {
    const stage = current();
    const file = `${stage.folder}/main-gate`;
    const job = queue(stage, story, { after: `${gate(file)}\nenv` });
    await until(() => jobOf(stage, job)?.status === 'in_progress', 'the job runs', 60_000);
    const running = await until(
      async () => (await look(stage, story)).jobs.find(({ phase }) => phase === 'running'),
      '/api/jobs shows that it runs',
    );
    const [build] = buildsOf(stage, story);
    expect(running).toMatchObject({ id: job.id, builder: 'cb-main-1-0', pool: 'main', endedAt: null });
    writeFileSync(file, '');
    await allIsWell(stage, story, [job]);
    expect(build?.status).toBe('SUCCEEDED');
    expect((await look(stage, story)).builders).toMatchObject([
      { id: 'cb-main-1-0', phase: 'gone', provider: 'codebuild', job: job.id },
    ]);
    const environment = stage.github.log(job.id) ?? '';
    expect(environment).toContain('GITHUB_REPOSITORY=film/lights');
    expect(environment).not.toMatch(/AWS_|CODEBUILD_|ECS_|CALLSHEET_(TICKET|URL)|JITCONFIG/);
  });

  it('takes at most five calls about its pool from delivery to StartBuild, when all is warm', async () => {
    const stage = current();
    const first = stage.proxy.calls.length;
    const job = queue(stage, story);
    await until(() => buildsOf(stage, story).length === 2, 'the build is started', 30_000);
    const calls = untilStart(stage.proxy.calls.slice(first).filter((call) => isAbout(story, call)));
    await allIsWell(stage, story, [job], { fewest: 2 });
    console.log(`from delivery to StartBuild: ${calls.map(timed(calls[0])).join(', ')}`);
    expect(calls.slice(1).length).toBeLessThanOrEqual(5);
  });
}

function untilStart(calls: Call[]): Call[] {
  return calls.slice(0, calls.findIndex(({ operation }) => operation === 'StartBuild') + 1);
}

const timed =
  (first: Call | undefined) =>
  ({ operation, at }: Call): string =>
    `${operation} +${at - (first?.at ?? at)} ms`;
