// A dry run of the real sweep: it decides what a sweep decides, and nothing anywhere is changed.
import { describe, expect, it } from 'vitest';
import { emptyReport, type Told } from '../../../shared/operations/sweep/report.ts';
import { sweep } from '../../../shared/operations/sweep/sweep.ts';
import { type Rehearsal, rehearse } from '../../../shared/runtime/dry-run/rehearsal.ts';
import type { Leftover } from '../../../shared/scheduler/ports.ts';
import { builder } from '../../local/records.ts';
import { minute, type Stage, stage } from '../../operations/fakes.ts';

const scope = 'group/film/callsheet-color';
const volume: Leftover = { kind: 'volume', id: 'vol-1', place: 'us-east-1', usdPerHour: 0.01 };

interface Scene extends Stage {
  /** What was deleted of leftovers. */
  deleted: string[];
}

/** One of each: seen once before, seen for the first time, lost, failed, vanished, ended long ago. */
async function scene(): Promise<Scene> {
  const on = stage();
  const deleted: string[] = [];
  const now = on.ports.clock.now();
  on.ports.leftovers = {
    list: async () => [volume],
    remove: async ({ id }) => void deleted.push(id),
  };
  for (const id of ['stray-old', 'stray-new']) on.cloud.plant(id);
  const sight = { kind: 'sight', version: 0, at: now - 2 * minute } as const;
  await on.put({ ...sight, pool: '-', id: 'stray-old' });
  await on.put({ ...sight, pool: '-leftovers', id: volume.id });
  const long = { provider: 'local', launch: 'gpu-1', launchedAt: now - 60 * minute, version: 0 };
  await on.put(builder({ ...long, id: 'vanished', job: undefined }));
  await on.put(builder({ ...long, id: 'ended', job: undefined, phase: 'gone', endedAt: now - 120 * minute }));
  const name = 'callsheet-test-nobody-1-1';
  on.github.runnersNow.set(name, { scope, name, id: '5', labels: [], busy: false });
  on.github.known.set('77', {
    ...{ id: '77', repository: 'film/color', runId: '7', runAttempt: 1, name: 'test', labels: ['gpu'] },
    ...{ headSha: 'a'.repeat(40), status: 'queued', queuedAt: now - 5 * minute },
  });
  const failed = { id: '901', guid: 'guid-1', at: now - 20 * minute, hasArrived: false };
  on.github.attempts.push(failed);
  return { ...on, deleted };
}

/** Everything that a sweep can change. */
const traces = async ({ store, cloud, github, rings, deleted, lines }: Scene): Promise<unknown> => ({
  tables: await Promise.all(['+', '-', '-leftovers', '-runners', 'gpu', 'xl'].map(store.open.read)),
  history: await store.history.recent('builder', 10),
  machines: [...cloud.machines.keys()],
  runners: [...github.runnersNow.keys()],
  attempts: [...github.attempts],
  rings: [...rings],
  deleted: [...deleted],
  lines: [...lines],
});

const decisionOf = ({ told }: Rehearsal, id: string): string[] =>
  told.filter((one) => one.id === id).map(({ what, decision, why }) => `${decision} ${what}: ${why}`);

describe('a dry run', () => {
  it('says what it decides about each thing, and why', async () => {
    const { ports } = await scene();
    const told = await rehearse(ports);
    expect(told.report.problems).toEqual([]);
    expect(decisionOf(told, 'stray-old')).toEqual([
      'end machine: it names no launch of ours; seen so 2 minutes ago, too',
    ]);
    expect(decisionOf(told, 'stray-new')).toEqual([
      'remember machine: it names no launch of ours; seen so for the first time',
    ]);
    expect(decisionOf(told, 'vol-1')).toEqual([expect.stringMatching(/^end volume: .*2 minutes ago/)]);
    expect(decisionOf(told, 'vanished')).toEqual([expect.stringMatching(/^remember missing machine: /)]);
    expect(decisionOf(told, 'callsheet-test-nobody-1-1')).toEqual([
      'remember registration: no builder on record has it; seen so for the first time',
    ]);
    expect(decisionOf(told, '77')).toEqual(['record job: GitHub has it queued, and nobody told']);
    expect(decisionOf(told, 'guid-1')).toEqual([expect.stringMatching(/^redeliver delivery: it failed /)]);
    expect(decisionOf(told, 'ended')).toEqual([expect.stringMatching(/^archive builder: it ended long ago/)]);
  });

  it('notes all that it would do', async () => {
    const { ports } = await scene();
    const { would } = await rehearse(ports);
    const all = would.map(({ act, what, id, of }) => [act, what, id, of].filter(Boolean).join(' '));
    expect(all).toEqual(
      expect.arrayContaining([
        'stop machine stray-old local',
        'write sight stray-new pool -',
        'delete volume vol-1 us-east-1',
        'write builder vanished pool gpu',
        'write job 77 pool gpu',
        'ring pool gpu',
        'redeliver delivery attempt 901',
        'archive builder ended pool gpu',
        'remove builder ended pool gpu',
        'write sweep sweep pool +',
      ]),
    );
  });

  it('changes nothing', async () => {
    const on = await scene();
    const before = structuredClone(await traces(on));
    await rehearse(on.ports);
    expect(await traces(on)).toEqual(before);
    const changing = /^(register|remove|cancel|rerun|create|update|redeliver) /;
    expect(on.github.calls.filter((call) => changing.test(call))).toEqual([]);
  });

  it('decides and counts what a sweep decides and counts then', async () => {
    const on = await scene();
    const dry = await rehearse(on.ports);
    const told: Told[] = [];
    const real = await sweep(on.ports, (decision) => told.push(decision));
    expect(dry.told).toEqual(told);
    expect({ ...dry.report, tell: undefined }).toEqual({ ...real, tell: undefined });
    expect(Object.keys(real.counts).length).toBeGreaterThan(5);
  });

  it('uses the sightings of sweeps, and makes none', async () => {
    const on = await scene();
    await rehearse(on.ports);
    on.later(2 * minute);
    expect(decisionOf(await rehearse(on.ports), 'stray-new')[0]).toMatch(/^remember /);
    await sweep(on.ports);
    on.later(2 * minute);
    expect(decisionOf(await rehearse(on.ports), 'stray-new')[0]).toMatch(/^end /);
  });

  it('knows that a machine with a job would not be ended, though it does not ask for its end', async () => {
    const on = await scene();
    const now = on.ports.clock.now();
    const runner = 'callsheet-test-busy-1-1';
    const ended = { phase: 'gone', endedAt: now - 20 * minute, launchedAt: now - 40 * minute } as const;
    await on.put(
      builder({ ...ended, version: 0, id: 'busy', launch: 'gpu-9', scope, runner, runnerId: '6' }),
    );
    await on.put({ kind: 'sight', version: 0, pool: 'gpu', id: 'busy', at: now - 2 * minute });
    on.ports.providers.local = {
      ...on.cloud,
      list: async () => [{ id: 'busy', launch: 'gpu-9', startedAt: now - 40 * minute }],
    };
    on.github.runnersNow.set(runner, { scope, name: runner, id: '6', labels: [], busy: true });
    const busy = await rehearse(on.ports);
    expect(decisionOf(busy, 'busy').at(-1)).toBe('leave machine: GitHub says that a job runs on it');
    expect(busy.would.filter(({ act }) => act === 'stop')).toEqual([]);
    on.github.runnersNow.delete(runner);
    const idle = await rehearse(on.ports);
    expect(idle.would.filter(({ act }) => act === 'stop').map(({ id }) => id)).toEqual(['busy']);
  });

  it('says what is left as it is since its owner may stand in a record that cannot be read', async () => {
    const on = await scene();
    const startedAt = on.ports.clock.now() - 30 * minute;
    on.ports.providers.local = {
      ...on.cloud,
      list: async () => [{ id: 'whose', launch: 'gpu-8', startedAt }],
    };
    on.store.poison('gpu', '2#builder#unreadable');
    const { told } = await rehearse(on.ports);
    const [whose] = told.filter(({ id }) => id === 'whose');
    expect(whose).toMatchObject({ decision: 'leave', isDoubtful: true });
    expect(whose?.why).toContain('a record of its pool cannot be read');
  });

  it('says what it could not see', async () => {
    const on = await scene();
    on.cloud.trouble.listLost = true;
    const { report, told } = await rehearse(on.ports);
    expect(report.abstained.map(({ part }) => part)).toContain('provider local');
    expect(told.filter(({ id }) => id === 'vanished')).toEqual([]);
    expect(report).not.toEqual(emptyReport());
  });
});
