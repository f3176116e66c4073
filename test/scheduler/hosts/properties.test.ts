// Properties of the keeper, over pools that chance makes: what it never does, whatever the pool looks like.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../../shared/scheduler/host-records.ts';
import type { Plan } from '../../../shared/scheduler/plan.ts';
import type { Builder, Job, Launch } from '../../../shared/scheduler/records.ts';
import { ago, asked, limits, minute, now, waits } from '../scene.ts';
import {
  day,
  doneMac,
  freeMac,
  host,
  hour,
  keeps,
  leaves,
  type MacScene,
  mac,
  macPlanOf,
  readyMac,
} from './host-scene.ts';

const bounded = { seed: 20261121, numRuns: 600 };
const project = fc.constantFrom('color', 'volume');
const age = (longest: number) => fc.integer({ min: 0, max: longest }).map((minutes) => ago(minutes * minute));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const someHost: fc.Arbitrary<Host> = fc
  .record({
    phase: fc.constantFrom<Host['phase']>('asked', 'held', 'held', 'held', 'held', 'releasing', 'gone'),
    state: fc.constantFrom<NonNullable<Host['state']>>(
      ...(['available', 'available', 'available', 'pending', 'unknown'] as const),
      ...(['under-assessment', 'permanent-failure'] as const),
    ),
    allocatedAt: age(30 * 60),
    seenAt: age(3),
    instances: fc.constantFrom<string[]>([], [], [], ['i-1']),
    restsUntil: maybe(fc.constantFrom(ago(minute), now + minute)),
    notBefore: maybe(fc.constantFrom(ago(minute), now + minute)),
    reservedUntil: fc.constantFrom(now, now + day),
    releasingAt: age(3),
  })
  .map((more) => host(0, { ...more, askedAt: more.allocatedAt }));

/** What may be on a host, or nothing. */
const someMachine: fc.Arbitrary<((number: number) => Builder) | undefined> = maybe(
  fc
    .record({
      kind: fc.constantFrom('boots', 'free', 'ready', 'works', 'done', 'resets', 'stopping', 'gone'),
      scope: project,
      bound: maybe(project.map((name) => `film/${name}`)),
      at: age(70),
      foreign: fc.constantFrom(undefined, undefined, undefined, { job: 'x', repository: 'a/b' }),
    })
    .map(({ kind, scope, bound = 'film/color', at, foreign }) => (number: number) => {
      const id = `m${number}`;
      const turn = { turn: 2, bound };
      switch (kind) {
        case 'boots':
          return mac(id, number, { launchedAt: at });
        case 'free':
          return freeMac(id, number, bound, { turnAt: at });
        case 'works':
          return readyMac(id, number, scope, { startedAt: at, claimedAt: at, foreign });
        case 'done':
          return doneMac(id, number, scope, { finishedAt: at, foreign, ...(number % 2 === 0 && turn) });
        case 'resets':
          return doneMac(id, number, scope, { reset: { askedAt: at }, bound });
        case 'stopping':
          return readyMac(id, number, scope, { phase: 'stopping', stoppingAt: at });
        case 'gone':
          return readyMac(id, number, scope, { phase: 'gone', endedAt: at });
        default:
          return readyMac(id, number, scope);
      }
    }),
);

const someJob = fc
  .record({
    name: project,
    phase: fc.constantFrom<Job['phase']>('waiting', 'waiting', 'waiting', 'running', 'done'),
    machine: fc.integer({ min: 10, max: 14 }),
    at: age(90),
    trust: fc.constantFrom('trusted', 'trusted', 'untrusted', 'unknown'),
  })
  .map(({ name, phase, machine, at, trust }) => {
    const runner = phase === 'waiting' ? undefined : `r-m${machine}`;
    const startedAt = phase === 'waiting' ? undefined : at;
    const endedAt = phase === 'done' ? at : undefined;
    return { trust, job: waits('', name, { phase, runner, queuedAt: at, startedAt, endedAt }) };
  });

/** A scene of which all is said. */
interface Whole extends MacScene {
  hosts: Host[];
  builders: Builder[];
  jobs: Job[];
  launches: Launch[];
  /** Jobs whose runs are not trusted by GitHub's word. */
  doubtful: string[];
}

const somePool: fc.Arbitrary<Whole> = fc
  .record({
    hosts: fc.array(fc.tuple(someHost, someMachine), { maxLength: 5 }),
    jobs: fc.array(someJob, { maxLength: 8 }),
    launchOn: maybe(fc.integer({ min: 10, max: 14 })),
    waitMs: fc.constantFrom(0, hour, day),
    stayMs: fc.constantFrom(0, hour),
    maximum: fc.integer({ min: 0, max: 6 }),
    offers: fc.constantFrom([], keeps().offers),
    paidDay: fc.constantFrom<'shared' | 'one-job'>('shared', 'shared', 'one-job'),
    afterwards: fc.constantFrom<'release' | 'keep'>('release', 'release', 'keep'),
    keepsHosts: fc.constantFrom(true, true, true, false),
    usd: maybe(fc.integer({ min: 0, max: 40 })),
  })
  .map(({ hosts, jobs, launchOn, keepsHosts, usd, ...keeping }) => {
    const of = (wanted: string): string[] =>
      jobs.flatMap(({ trust }, n) => (trust === wanted ? [`j${n}`] : []));
    const [forks, unknown] = [of('untrusted'), of('unknown')];
    return {
      hosts: hosts.map(([one], n) => ({ ...one, id: `gpu-${n + 10}`, hostId: `h-${n + 10}` })),
      builders: hosts.flatMap(([, machine], n) => machine?.(n + 10) ?? []),
      jobs: jobs.map(({ job }, n) => ({ ...job, id: `j${n}`, runId: `run-j${n}` })),
      launches: launchOn === undefined ? [] : [asked(50, 1, { host: `gpu-${launchOn}` })],
      ...{ forks, unknown, doubtful: [...forks, ...unknown] },
      keeping: keepsHosts ? keeps(keeping) : undefined,
      money: usd === undefined ? undefined : leaves(usd),
    };
  });

const holds = (check: (scene: Whole, decided: Plan) => void): void =>
  fc.assert(
    fc.property(somePool, (scene) => check(scene, macPlanOf(scene))),
    bounded,
  );

/** Is there nothing on the host by any record, or word of the cloud that is new enough? */
const isEmpty = ({ builders, launches }: Whole, { id, instances, seenAt = 0 }: Host): boolean =>
  !builders.some((one) => one.host === id && (one.phase !== 'gone' || (one.endedAt ?? 0) > seenAt)) &&
  !launches.some((one) => one.host === id && one.phase === 'asked') &&
  (instances ?? []).length === 0;

describe('whatever the pool looks like', () => {
  it('is the plan the same for the same pool, which it leaves as it was', () => {
    holds((scene, decided) => {
      const { keeping, money, ...before } = scene;
      const copy = structuredClone(before);
      expect(macPlanOf(scene)).toEqual(decided);
      expect(before).toEqual(copy);
    });
  });

  it('a machine starts on an empty host only, that is there and does not rest', () => {
    holds((scene, { launch, hosts: { launchOn } }) => {
      if (scene.keeping) expect(launch === undefined).toBe(launchOn === undefined);
      if (!launch || !launchOn) return;
      const on = launchOn.host;
      expect(launch.n).toBe(1);
      expect([on.phase, on.state]).toEqual(['held', 'available']);
      expect(on.restsUntil ?? 0).toBeLessThanOrEqual(now);
      expect(isEmpty(scene, on)).toBe(true);
    });
  });

  it('an empty host is released only, when it may be, and never one that is to have a machine', () => {
    holds((scene, { hosts: { release, launchOn } }) => {
      for (const one of release) {
        expect(isEmpty(scene, one)).toBe(true);
        expect(['available', 'permanent-failure']).toContain(one.state);
        expect(now - (one.allocatedAt ?? now)).toBeGreaterThanOrEqual(limits.paidMs + limits.releaseMarginMs);
        expect(one.notBefore ?? 0).toBeLessThanOrEqual(now);
        expect(one.id).not.toBe(launchOn?.host.id);
      }
    });
  });

  it('a disk is reset for the repository whose trusted jobs alone have touched it', () => {
    holds((scene, { hosts: { reset } }) => {
      for (const { builder, bound } of reset) {
        expect([builder.phase, builder.reset, builder.foreign]).toEqual(['resetting', undefined, undefined]);
        const ran = scene.jobs.filter(({ runner }) => runner === builder.runner);
        expect(ran.length).toBeGreaterThan(0);
        expect(new Set(ran.map(({ repository }) => repository))).toEqual(new Set([builder.bound ?? bound]));
        expect(bound).toBe(builder.bound ?? bound);
        for (const { id } of ran) expect(scene.doubtful).not.toContain(id);
      }
    });
  });

  it('a machine that is bound gets trusted jobs of its repository', () => {
    holds((scene, { assign }) => {
      for (const { builder, deal } of assign) {
        const job = scene.jobs.find(({ id }) => id === deal?.job);
        if (!job || builder.bound === undefined) continue;
        expect(job.repository).toBe(builder.bound);
        expect(scene.doubtful).not.toContain(job.id);
      }
    });
  });

  it('each machine has one fate, and one whose job runs has none', () => {
    holds((scene, { stop, retire, assign, hosts }) => {
      const { reset, resetting, relaunch } = hosts;
      const stopped = stop.map(({ builder }) => builder.id);
      expect(stopped).toEqual(expect.arrayContaining(relaunch.map(({ builder }) => builder.id)));
      const dealt = assign.filter(({ deal }) => deal).map(({ builder }) => builder.id);
      const others = [...reset, ...retire].map(({ builder }) => builder.id);
      const fates = [...stopped, ...dealt, ...others, ...resetting.map(({ id }) => id)];
      expect(new Set(fates).size).toBe(fates.length);
      const relaunched = relaunch.map(({ builder }) => builder);
      const running = scene.jobs.filter(({ phase }) => phase === 'running').map(({ runner }) => runner);
      for (const { phase, runner } of relaunched) {
        if (phase !== 'resetting') expect(running).not.toContain(runner);
      }
    });
  });

  it('no more hosts are asked for than the configuration says', () => {
    holds((scene, { hosts: { allocate } }) => {
      if (!allocate) return;
      const kept = scene.hosts.filter(
        ({ phase, state }) => phase !== 'gone' && state !== 'permanent-failure',
      );
      expect(scene.keeping?.offers).toContain(allocate.offer);
      expect(kept.length).toBeLessThan(scene.keeping?.maximum ?? 0);
    });
  });

  it('no job waits while a host could take its machine', () => {
    holds((scene, { launch, noRoom, noRung, hosts: { waits: waiting } }) => {
      if (launch || scene.money || !scene.keeping) return;
      const usable = scene.hosts.filter(
        (one) =>
          one.phase === 'held' &&
          one.state === 'available' &&
          isEmpty(scene, one) &&
          (one.restsUntil ?? 0) <= now,
      );
      if (scene.keeping.paidDay === 'shared' && usable.length > 0)
        expect([...noRoom, ...noRung, ...waiting]).toEqual([]);
    });
  });

  it('each waiting job is told one thing', () => {
    holds((scene, { starting, noRoom, noRung, holds: held, hosts }) => {
      const told = [...starting, ...noRoom, ...noRung, ...[...held, ...hosts.waits].map(({ job }) => job)];
      const waiting = scene.jobs.filter(({ phase }) => phase === 'waiting');
      expect(told.map(({ id }) => id).sort()).toEqual(waiting.map(({ id }) => id).sort());
    });
  });
});
