// Properties of the core, over pools that chance makes: what must hold whatever the pool looks like.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ageLimit } from '../../shared/scheduler/limits.ts';
import { type JobFact, observeJob } from '../../shared/scheduler/observe.ts';
import type { Plan } from '../../shared/scheduler/plan.ts';
import type { Builder, Job, Launch } from '../../shared/scheduler/records.ts';
import { ago, asked, boots, fork, limits, minute, now, planOf, ready, type Scene, waits } from './scene.ts';

const bounded = { seed: 20261121, numRuns: 400 };
const scope = fc.constantFrom('color', 'volume', 'shading');
const age = (longest: number) => fc.integer({ min: 0, max: longest }).map((minutes) => ago(minutes * minute));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const someJob = fc
  .record({
    project: scope,
    phase: fc.constantFrom<Job['phase']>('waiting', 'waiting', 'running', 'done'),
    runner: maybe(fc.integer({ min: 0, max: 12 }).map((n) => `r-b${n}`)),
    queuedAt: age(40),
    endedAt: age(5),
  })
  .map(({ project, phase, runner, endedAt, ...rest }) =>
    waits('j', project, {
      ...rest,
      phase,
      runner: phase === 'waiting' ? undefined : runner,
      startedAt: phase === 'waiting' ? undefined : rest.queuedAt,
      endedAt: phase === 'done' ? endedAt : undefined,
    }),
  );

const phases: Builder['phase'][] = [
  'booting',
  'booting',
  'claimed',
  'ready',
  'ready',
  'retiring',
  'stopping',
  'gone',
];
const someBuilder = fc
  .record({
    phase: fc.constantFrom(...phases),
    scope: maybe(scope),
    askedAt: maybe(age(9)),
    launchedAt: age(90),
    readyAt: age(9),
    heardAt: age(5),
    startedAt: maybe(age(5)),
    launch: fc.constantFrom('gpu-1', 'gpu-2', 'gpu-3'),
  })
  .map(({ phase, ...rest }) =>
    phase === 'booting'
      ? boots('b', {
          scope: rest.scope,
          askedAt: rest.askedAt,
          heardAt: rest.askedAt,
          launchedAt: rest.launchedAt,
        })
      : ready('b', rest.scope ?? 'color', {
          ...rest,
          scope: rest.scope ?? 'color',
          phase,
          stoppingAt: rest.readyAt,
        }),
  );

const someLaunch = fc
  .record({
    phase: fc.constantFrom<Launch['phase']>('asked', 'answered', 'closed'),
    n: fc.integer({ min: 1, max: 5 }),
    askedAt: age(60),
  })
  .map(({ n, ...more }) => asked(0, n, more));

const somePool: fc.Arbitrary<Scene> = fc
  .record({
    jobs: fc.array(someJob, { maxLength: 20 }),
    builders: fc.array(someBuilder, { maxLength: 12 }),
    launches: fc.array(someLaunch, { maxLength: 3 }),
    maximum: fc.integer({ min: 0, max: 25 }),
    limit: fc.integer({ min: 0, max: 12 }),
    forks: fc.array(fc.integer({ min: 0, max: 19 }), { maxLength: 5 }),
  })
  .map(({ jobs, builders, launches, maximum, limit, forks }) => ({
    jobs: jobs.map((job, n) => ({ ...job, id: `j${n}`, runId: `run-j${n}` })),
    builders: builders.map((builder, n) => ({
      ...builder,
      id: `b${n}`,
      runner: builder.runner && `r-b${n}`,
    })),
    launches: launches.map((launch, n) => ({ ...launch, id: `gpu-${n + 1}` })),
    runs: [...new Set(forks)].map((n) => fork(`run-j${n}`)),
    pool: { lastLaunch: 3 },
    maximum,
    policy: { concurrency: () => ({ all: limit, untrusted: 2 }) },
  }));

const holds = (check: (scene: Scene, decided: Plan) => void): void =>
  fc.assert(
    fc.property(somePool, (scene) => check(scene, planOf(scene))),
    bounded,
  );

const alive = (scene: Scene) => (scene.builders ?? []).filter(({ phase }) => phase !== 'gone');
const onTheWay = ({ launches = [], builders = [] }: Scene): number =>
  launches
    .filter(({ phase }) => phase === 'asked')
    .map(({ id, n }) => Math.max(0, n - builders.filter(({ launch }) => launch === id).length))
    .reduce((sum, n) => sum + n, 0);

describe('every plan', () => {
  it('is the same for the same pool, and leaves the pool as it was', () => {
    holds((scene, decided) => {
      const { policy: _, ...before } = scene;
      const copy = structuredClone(before);
      expect(planOf(scene)).toEqual(decided);
      expect(before).toEqual(copy);
    });
  });

  it('launches nothing beyond the maximum', () => {
    holds((scene, { launch }) => {
      if (launch)
        expect(alive(scene).length + onTheWay(scene) + launch.n).toBeLessThanOrEqual(scene.maximum ?? 0);
    });
  });

  it('calls at most one builder for a waiting job, and none for others', () => {
    holds((scene, { launch, assign }) => {
      const dealt = [...assign.flatMap(({ deal }) => deal ?? []), ...(launch?.deal ?? [])].map(
        ({ job }) => job,
      );
      const waiting = (scene.jobs ?? []).filter(({ phase }) => phase === 'waiting').map(({ id }) => id);
      expect(new Set(dealt).size).toBe(dealt.length);
      expect(waiting).toEqual(expect.arrayContaining(dealt));
      expect(launch?.deal.length).toBe(launch?.n);
    });
  });

  it('admits no more jobs of a project than it may run', () => {
    holds((scene, { starting, noRoom, noRung }) => {
      const limit = scene.policy?.concurrency?.('color').all ?? 0;
      for (const project of ['color', 'volume', 'shading']) {
        const ours = [...new Set([...starting, ...noRoom, ...noRung])].filter(
          (job) => job.project === project,
        );
        const running = (scene.jobs ?? []).filter(
          (job) => job.project === project && job.phase === 'running',
        );
        if (ours.length > 0) expect(ours.length + running.length).toBeLessThanOrEqual(limit);
      }
    });
  });

  it('neither stops nor retires a builder whose job runs, below the limits', () => {
    holds((scene, { stop, retire }) => {
      const untrusted = new Set((scene.runs ?? []).map(({ id }) => id));
      const runs = ({ phase, runId }: Job) => phase === 'running' && !untrusted.has(runId);
      const over = new Set((scene.jobs ?? []).filter((job) => !runs(job)).map(({ runner }) => runner));
      const busy = new Set((scene.jobs ?? []).filter(runs).map(({ runner }) => runner));
      for (const { builder } of [...stop, ...retire]) {
        const ending = builder.phase === 'stopping' || now - builder.launchedAt > ageLimit(limits);
        if (!ending && builder.runner && !over.has(builder.runner))
          expect(busy).not.toContain(builder.runner);
      }
    });
  });

  it('leaves a second pass nothing to launch', () => {
    holds((scene, { launch, assign, closeRungs }) => {
      if (!launch || closeRungs.length > 0) return;
      const dealt = new Map(assign.map(({ builder, deal }) => [builder.id, deal]));
      const builders = (scene.builders ?? []).map((builder) => {
        const deal = dealt.get(builder.id);
        return dealt.has(builder.id) ? { ...builder, scope: deal?.scope, job: deal?.job } : builder;
      });
      const intent = asked(0, launch.n, { id: launch.id, deal: launch.deal });
      const after = { ...scene, builders, launches: [...(scene.launches ?? []), intent] };
      expect(planOf(after).launch).toBeUndefined();
      const answered = launch.deal.map(({ scope, job }, n) =>
        boots(`new${n}`, { scope, job, launch: launch.id }),
      );
      const further = { ...scene, builders: [...builders, ...answered] };
      const second = planOf(further);
      expect(second.launch).toBeUndefined();
      expect(second.assign.filter(({ builder }) => builder.id.startsWith('new'))).toEqual([]);
    });
  });
});

describe('facts about a job', () => {
  const ladder = ['waiting', 'running', 'done'] as const;
  const seat = { pool: 'gpu', project: 'color', scope: 'color' };
  const facts: JobFact[] = ladder.map((phase) => ({
    ...waits('j1', 'color'),
    phase,
    runner: phase === 'waiting' ? undefined : 'r1',
    outcome: phase === 'done' ? 'success' : undefined,
    endedAt: phase === 'done' ? now : undefined,
  }));
  const told = fc.array(fc.constantFrom(...facts), { minLength: 1, maxLength: 12 });

  it('lead to the highest phase in any order, however often, and never climb down', () => {
    fc.assert(
      fc.property(told, (order) => {
        let job: Job | undefined;
        for (const fact of order) {
          const before = job ? ladder.indexOf(job.phase) : -1;
          job = observeJob(job, fact, seat, now) ?? job;
          expect(ladder.indexOf(job?.phase ?? 'waiting')).toBeGreaterThanOrEqual(before);
        }
        const highest = Math.max(...order.map(({ phase }) => ladder.indexOf(phase)));
        expect(job?.phase).toBe(ladder[highest]);
        expect(job?.runner).toBe(highest > 0 ? 'r1' : undefined);
      }),
      bounded,
    );
  });

  it('told twice are no news', () => {
    for (const fact of facts) {
      const once = observeJob(undefined, fact, seat, now);
      expect(observeJob(once, fact, seat, now + minute)).toBeUndefined();
    }
  });
});
