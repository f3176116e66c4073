// The money of hosts in any order of passes, sweeps, ends and crashes: no cap is overstepped, no cent is
// lost.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dispatch } from '../../shared/operations/pass.ts';
import { recordGone, recordJob } from '../../shared/operations/record.ts';
import { sweep } from '../../shared/operations/sweep/sweep.ts';
import { hostCost } from '../../shared/scheduler/hosts/observe.ts';
import { sumsOf } from '../../shared/scheduler/money.ts';
import type { Ledger } from '../../shared/scheduler/shared-records.ts';
import { minute, type Stage, stage } from './fakes.ts';
import { type Macs, macs } from './macs.ts';
import { type Processes, processes } from './processes.ts';

const pools = ['mac', 'lab'] as const;
const projects = ['color', 'volume'] as const;
/** What a host costs at least, in millionths: 24.5 hours. */
const worst = 15_925_000;
const caps = { color: 2 * worst, volume: 3 * worst, all: 4 * worst };
const calls = ['allocate', 'launch', 'release'] as const;

type Action =
  | { do: 'queue'; project: number; pool: number }
  | { do: 'pass'; pool: number }
  | { do: 'minute' }
  | { do: 'answers' | 'end' | 'kill' | 'step'; index: number };

const index = fc.nat({ max: 30 });
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('queue'), project: fc.nat(1), pool: fc.nat(1) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('pass'), pool: fc.nat(1) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('step'), index }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('minute') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('answers', 'end', 'kill'), index }) },
);

interface World extends Stage {
  macs: Macs;
  /** The ledgers of days that are over, as they were removed. */
  removed: Ledger[];
}

/** Two pools and two projects, with caps that are soon reached. */
function world(): World {
  const ladder = [{ provider: 'mac' as const, families: ['mac2' as const], waitMinutes: 0 }];
  const pool = { os: 'macos', arch: 'arm64', ladder, maximum: 3, trustedOnly: true } as const;
  const film = stage({
    aws: { region: 'us-east-1', regions: { 'us-east-1': { zones: ['us-east-1a'] } } },
    pools: { mac: { ...pool, labels: ['mac'] }, lab: { ...pool, labels: ['lab'] } },
    projects: Object.fromEntries(
      projects.map((name) => [
        name,
        { repositories: [`film/${name}`], pools: [...pools], maxUsdPerDay: caps[name] / 1e6 },
      ]),
    ),
    maxUsdPerDay: caps.all / 1e6,
  });
  const toy = macs(film.ports.config, film.ports.clock.now);
  Object.assign(film.ports, { providers: { mac: toy.provider }, hosts: toy.hosts });
  const removed: Ledger[] = [];
  const { remove } = film.store.open;
  film.store.open.remove = async (item) => {
    if (item.kind === 'ledger') removed.push(item);
    return remove(item);
  };
  return { ...film, macs: toy, removed };
}

/** No cap is overstepped, and what is held has its money. */
async function check({ store, macs: { all } }: World): Promise<void> {
  const ledgers = (await store.open.read('+')).ledgers;
  for (const ledger of ledgers) {
    const sums = sumsOf(ledger);
    expect(sums.all).toBeLessThanOrEqual(caps.all);
    for (const name of projects) expect(sums.projects.get(name) ?? 0).toBeLessThanOrEqual(caps[name]);
  }
  const open = ledgers.flatMap((one) =>
    Object.values(one.open).flatMap(({ microUsd }) => Object.values(microUsd)),
  );
  const held = [...all.values()].filter(({ releasedAt }) => releasedAt === undefined).length;
  expect(open.reduce((sum, one) => sum + one, 0)).toBeGreaterThanOrEqual(held * worst);
}

async function act(film: World, run: Processes, one: Action, n: number): Promise<void> {
  const { trouble, machines } = film.macs;
  switch (one.do) {
    case 'queue':
      return queue(film, String(n), projects[one.project] ?? 'color', pools[one.pool] ?? 'mac');
    case 'pass':
      return run.start((ports) => dispatch(ports, pools[one.pool] ?? 'mac', [ports.clock.now()]));
    case 'minute':
      film.later(minute);
      return run.start(sweep);
    case 'answers': {
      const call = calls[one.index % calls.length] ?? 'allocate';
      if (!trouble.lost.delete(call)) trouble.lost.add(call);
      return;
    }
    case 'end': {
      const id = [...machines.keys()][one.index % Math.max(1, machines.size)];
      if (id !== undefined) await end(film, run, id);
      return;
    }
    case 'kill':
      return run.kill(one.index);
    case 'step':
      for (let step = 0; step < one.index; step += 1) await run.step();
  }
}

async function queue(film: World, id: string, project: string, of: string): Promise<void> {
  const queuedAt = film.ports.clock.now();
  const about = {
    repository: `film/${project}`,
    name: id,
    runId: id,
    runAttempt: 1,
    headSha: 'f'.repeat(40),
  };
  film.github.known.set(id, { ...about, id, labels: [of], status: 'queued', queuedAt });
  const fact = { ...about, id, phase: 'waiting' as const, labels: [of], queuedAt };
  await recordJob(film.ports, fact, { pool: of, project, scope: `group/film/${project}` });
}

async function end(film: World, run: Processes, id: string): Promise<void> {
  const { launch = '' } = film.macs.machines.get(id) ?? {};
  await film.macs.provider.stop([id]).catch(() => undefined);
  run.start((ports) => recordGone(ports, { pool: launch.replace(/-\d+$/, ''), launch, id, provider: 'mac' }));
}

/** All jobs end, and the reaper comes until all hosts are released. */
async function settle(film: World, run: Processes): Promise<void> {
  film.macs.trouble.lost.clear();
  for (const job of film.github.known.values()) {
    const [of = ''] = job.labels;
    const project = job.repository.replace('film/', '');
    const fact = { ...job, phase: 'done' as const, outcome: 'cancelled' };
    await recordJob(film.ports, fact, { pool: of, project, scope: `group/film/${project}` });
  }
  for (const jump of [
    ...Array.from({ length: 20 }, () => 1),
    22 * 60,
    ...Array.from({ length: 5 }, () => 30),
  ]) {
    film.later(jump * minute);
    for (const id of [...film.macs.machines.keys()]) await end(film, run, id);
    for (let turn = 0; turn < 2; turn += 1) {
      run.start(sweep);
      await run.finish();
      for (const name of pools) run.start((ports) => dispatch(ports, name, [ports.clock.now()]));
      await run.finish();
    }
  }
}

describe('the ledgers of hosts', () => {
  it('overstep no cap, and hold in the end what hosts have cost, to the millionth', async () => {
    const property = fc.asyncProperty(
      fc.scheduler(),
      fc.array(action, { minLength: 10, maxLength: 60 }),
      async (turns, actions) => {
        const film = world();
        let settles = false;
        const run = processes(film.ports, turns, async () => {
          if (!settles) await check(film);
        });
        for (const [n, one] of actions.entries()) await act(film, run, one, n + 1);
        await run.finish();
        settles = true;
        await settle(film, run);
        expect(run.errors.map(String)).toEqual([]);
        expect([...film.macs.all.values()].filter(({ releasedAt }) => releasedAt === undefined)).toEqual([]);
        const ledgers = [...(await film.store.open.read('+')).ledgers, ...film.removed];
        expect(ledgers.flatMap((ledger) => Object.keys(ledger.open))).toEqual([]);
        const states = await Promise.all(pools.map((name) => film.store.open.read(name)));
        const ended = await film.store.history.recent('host', 100);
        const hosts = [...states.flatMap((state) => state.hosts), ...ended].filter(
          (one) => one.kind === 'host',
        );
        const cost = hosts.reduce((sum, host) => sum + hostCost(host, host.endedAt ?? 0), 0);
        const settled = ledgers.flatMap((ledger) => Object.values(ledger.settled));
        expect(settled.reduce((sum, one) => sum + one, 0)).toBe(cost);
        expect(cost / 1e6).toBeGreaterThanOrEqual(film.macs.billed() - 1e-6);
      },
    );
    await fc.assert(property, { seed: 20261121, numRuns: 40 });
  }, 60_000);
});
