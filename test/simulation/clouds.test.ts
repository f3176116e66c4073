// The simulated clouds themselves: they behave as their documentation says, and notice what nobody may do.
import { describe, expect, it } from 'vitest';
import { installationTag, protectTag } from '../../shared/contract/names.ts';
import { variables } from '../../shared/providers/codebuild/names.ts';
import type { Launch } from '../../shared/scheduler/records.ts';
import { type Machine, simulatedCloud, wrongOthers } from './cloud.ts';
import { buildBook } from './codebuild/builds.ts';
import { simulatedCalls } from './codebuild/calls.ts';
import { simulatedCodeBuild } from './codebuild/provider.ts';
import { configOf, type LadderName } from './config.ts';
import { simulatedEc2 } from './ec2/calls.ts';
import { drawnMarket } from './ec2/market.ts';
import { minute, second } from './time.ts';
import { createWorld, type Faults, noFaults } from './world.ts';

const start = Date.UTC(2026, 10, 21);

/** A world with clouds and nothing else. */
function stage(ladder: LadderName, faults: Partial<Faults> = {}) {
  const world = createWorld(7, { ...noFaults, ...faults }, start, start + 600 * minute);
  const config = configOf({ ladder, pools: 1, maximum: 50, concurrency: 50, patience: 0 });
  const ended: string[] = [];
  const cloud = simulatedCloud(world, {
    ageLimitMs: 90 * minute,
    boot: () => undefined,
    provisioned: () => undefined,
    interrupted: () => undefined,
    ended: ({ id }) => void ended.push(id),
  });
  const process = world.process('test', false);
  const market = drawnMarket(world.chance, start, start);
  const recordOf = () => ({ launch: undefined, isPaidFor: true });
  /** Begins some work and lets time go on for so long. What is not done by then hangs. */
  const during = async <T>(forMs: number, work: () => Promise<T>): Promise<T> => {
    const done = new Promise<T>((resolve, reject) => {
      world.time.after(0, () => void work().then(resolve, reject));
    });
    done.catch(() => undefined);
    await world.time.runUntil(world.time.now() + forMs);
    return done;
  };
  const pass = (forMs: number): Promise<void> => world.time.runUntil(world.time.now() + forMs);
  return { world, config, cloud, process, ended, market, recordOf, during, pass };
}

const launchOf = (n: number, request: string): Launch => ({
  ...{ kind: 'launch', version: 1, pool: 'gpu', id: 'gpu-1', phase: 'asked', rung: 0 },
  ...{ provider: 'codebuild', deal: [], n, request, askedAt: start },
});

function codeBuild(faults: Partial<Faults> = {}) {
  const set = stage('queue', faults);
  const { world, config, cloud, process } = set;
  const provider = simulatedCodeBuild(world, { config, cloud }).provider(process);
  const book = buildBook(world);
  const project = 'callsheet-sim-gpu-large';
  const calls = simulatedCalls({ world, cloud, book, projects: new Set([project]) })(process);
  const input = (builder: string, token = builder) => ({
    projectName: project,
    idempotencyToken: token,
    environmentVariablesOverride: [
      { name: variables.builder, value: builder },
      { name: variables.launch, value: builder.slice(3, -2) },
    ],
  });
  return { ...set, provider, calls, project, input };
}

describe('a simulated CodeBuild', () => {
  it('starts one build for a token, as long as that lives', async () => {
    const { world, calls, cloud, input, during, pass } = codeBuild();
    const start = (token = 'cb-gpu-1-0', builder = token) =>
      during(10 * second, () => calls.startBuild({ ...input(builder), idempotencyToken: token }));
    const first = await start();
    await pass(4 * minute);
    expect((await start())?.id).toBe(first?.id);
    expect([...cloud.machines.keys()]).toEqual(['cb-gpu-1-0']);
    await expect(start('cb-gpu-1-0', 'cb-gpu-1-1')).rejects.toThrow('mismatched parameters');
    expect(world.violations).toHaveLength(1);
    await pass(minute);
    expect((await start())?.id).not.toBe(first?.id);
    expect(world.violations[1]).toContain('builder cb-gpu-1-0 was started twice');
  });

  it('lists ids in pages, newest first, and leaves unknown ones out', async () => {
    const { calls, project, input, during, pass } = codeBuild();
    for (let index = 0; index < 23; index += 1)
      await during(10 * second, () => calls.startBuild(input(`cb-gpu-${index}-0`)));
    await pass(minute);
    const page = (token?: string) => during(10 * second, () => calls.page(project, token));
    const one = await page();
    const two = await page(one.nextToken);
    const three = await page(two.nextToken);
    expect([one, two, three].map(({ ids }) => ids.length)).toEqual([10, 10, 3]);
    expect(three.nextToken).toBeUndefined();
    const builds = await during(10 * second, () => calls.builds([`${project}:nothing`, ...three.ids]));
    const own = builds.map(({ environment }) => environment?.environmentVariables?.[0]?.value);
    expect(own).toEqual(['cb-gpu-2-0', 'cb-gpu-1-0', 'cb-gpu-0-0']);
  });

  it('is read by the real provider: what was started is listed, and ends when it is stopped', async () => {
    const { provider, cloud, during } = codeBuild();
    const request = provider.request({ pool: 'gpu', rung: 0, n: 3 });
    const { started } = await during(minute, () => provider.launch(launchOf(3, request)));
    expect(started).toHaveLength(3);
    const listed = await during(minute, () => provider.list());
    expect(listed.map(({ id }) => id).sort()).toEqual(started);
    expect(await during(minute, () => provider.stop(started))).toEqual({ failed: [] });
    expect([...cloud.machines.values()].map(({ alive }) => alive)).toEqual([false, false, false]);
    expect(await during(minute, () => provider.list())).toEqual([]);
  });
});

describe('a simulated EC2', () => {
  const ours = { [installationTag]: 'sim' };
  const marks = [
    { mark: 'stray', tags: ours },
    { mark: 'protected', tags: { ...ours, [protectTag]: 'until Friday' } },
    { mark: 'foreign', tags: { [installationTag]: 'other' } },
  ] as const;

  function planted() {
    const set = stage('ec2');
    const ec2 = simulatedEc2(set.world, set);
    const machines = marks.map(({ mark, tags }, index): Machine => {
      const slot = { type: 'g6.xlarge', zone: 'us-east-1a', market: 'on-demand' } as const;
      const id = `i-0000000000000000${index}`;
      return set.cloud.plant({ id, provider: 'ec2', pool: '', launch: '', slot, tags }, mark);
    });
    return { ...set, provider: ec2.provider(set.process), machines };
  }

  it('shows what carries our tag, some time after its start', async () => {
    const { provider, during } = planted();
    await during(100 * minute, () => provider.list());
    const later = await during(minute, () => provider.list());
    expect(later.map(({ id }) => id).sort()).toEqual(['i-00000000000000000', 'i-00000000000000001']);
  });

  it('notices that somebody ends what is not ours, or is protected', async () => {
    const { world, provider, cloud, machines, during, pass } = planted();
    expect(wrongOthers(cloud)).toEqual(['invariant 2: stray left: machine i-00000000000000000']);
    await pass(minute);
    await during(2 * minute, () => provider.stop(machines.map(({ id }) => id)));
    expect(world.violations).toEqual([
      'invariant 11: protected machine i-00000000000000001 is stopped',
      'invariant 11: foreign machine i-00000000000000002 is stopped',
    ]);
    expect(wrongOthers(cloud)).toHaveLength(2);
  });

  it('is silent for minutes, shows nothing where plenty is, or fails half-way', async () => {
    const { world, config, cloud, process, market, recordOf, during, pass } = stage('ec2', {
      emptyList: 0.3,
    });
    const ec2 = simulatedEc2(world, { config, cloud, market, recordOf });
    const slot = { type: 'g6.xlarge', zone: 'us-east-1a', market: 'on-demand' } as const;
    cloud.plant(
      { id: 'i-00000000000000000', provider: 'ec2', pool: '', launch: '', slot, tags: ours },
      'stray',
    );
    await pass(minute);
    const seen = new Set<string>();
    for (let look = 0; look < 60; look += 1) {
      const { list } = ec2.provider(process);
      const answer = during(20 * second, () => list().then(({ length }) => `${length} shown`));
      seen.add(await answer.catch(() => 'silent'));
    }
    expect([...seen].sort()).toEqual(['0 shown', '1 shown', 'silent']);
  });
});

describe('a machine of a simulated cloud', () => {
  const birth = { id: 'local-gpu-1-0', provider: 'local', pool: 'gpu', launch: 'gpu-1' } as const;

  it('that is deaf to its stop lives on for minutes, and is stopped once', async () => {
    const { cloud, ended, pass } = stage('local', { deafToStop: 1 });
    const machine = cloud.start(birth);
    cloud.terminate(machine, 20 * second, 'reaper');
    cloud.terminate(machine, 20 * second, 'dispatcher');
    await pass(2 * minute);
    expect(machine).toMatchObject({ alive: true, stoppedBy: 'reaper', endingAt: start });
    await pass(5 * minute);
    expect(machine).toMatchObject({ alive: false, end: 'terminated' });
    expect(ended).toEqual([birth.id]);
  });

  it('that is busy may be stopped at its limit, or when its agent denies its job', async () => {
    const { world, cloud, pass } = stage('local');
    const [one, two] = [cloud.start(birth), cloud.start({ ...birth, id: 'local-gpu-1-1' })];
    Object.assign(one, { busyWith: '1' });
    Object.assign(two, { busyWith: '2', denies: true });
    cloud.terminate(two, second, 'dispatcher');
    expect(world.violations).toEqual([]);
    cloud.terminate(one, 20 * second, 'dispatcher');
    expect(world.violations).toEqual(['invariant 3: busy builder local-gpu-1-0 stopped, it ran 1']);
    const old = cloud.start({ ...birth, id: 'local-gpu-1-2' });
    await pass(91 * minute);
    old.busyWith = '3';
    cloud.terminate(old, second, 'dispatcher');
    expect(world.violations).toHaveLength(1);
  });
});
