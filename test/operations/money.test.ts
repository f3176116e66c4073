// The money in any order of passes, sweeps, ends and crashes: no cap is overstepped, and no cent is lost.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dispatch } from '../../shared/operations/pass.ts';
import { recordGone, recordJob } from '../../shared/operations/record.ts';
import { sweep } from '../../shared/operations/sweep/sweep.ts';
import { costOf, sumsOf } from '../../shared/scheduler/money.ts';
import type { Builder } from '../../shared/scheduler/records.ts';
import { input, type Stage, stage } from './fakes.ts';
import { type Market, market } from './market.ts';
import { processes } from './processes.ts';

const minute = 60_000;
const day = '2026-11-21';
const pools = ['gpu', 'xl'] as const;
const projects = ['color', 'volume'] as const;
/** What a builder costs at most, in millionths: an hour. */
const worst = 526_000;
const caps = { color: 3 * worst, volume: 4 * worst, all: 5 * worst };

const types = ['g4dn.xlarge'];
const ladder = [
  { provider: 'ec2' as const, market: 'spot' as const, types },
  { provider: 'ec2' as const, types },
];
const pool = { ladder, jobLimitMinutes: 40, maximum: 20 };

type Action =
  | { do: 'queue'; project: number; pool: number }
  | { do: 'pass'; pool: number }
  | { do: 'minute' | 'answers' }
  | { do: 'end' | 'kill' | 'lack' | 'step'; index: number };

const index = fc.nat({ max: 30 });
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('queue'), project: fc.nat(1), pool: fc.nat(1) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass'), pool: fc.nat(1) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('step'), index }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('minute', 'answers') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('end', 'kill', 'lack'), index }) },
);

/** Two pools and two projects on one market, with caps that are soon reached. */
function world(): Stage & { market: Market } {
  const [color, volume] = projects.map((name) => ({
    repositories: [`film/${name}`],
    pools: [...pools],
    concurrency: 50,
    maxUsdPerDay: caps[name] / 1e6,
  }));
  const film = stage({
    aws: { region: 'us-east-1', regions: { 'us-east-1': { zones: ['us-east-1a', 'us-east-1b'] } } },
    pools: { gpu: { ...input.pools.gpu, ...pool }, xl: { ...input.pools.xl, ...pool } },
    projects: { ...(color && { color }), ...(volume && { volume }) },
    maxUsdPerDay: caps.all / 1e6,
  });
  const ec2 = market(film.ports.config, film.ports.clock.now);
  film.ports.providers = { ec2 };
  return { ...film, market: ec2 };
}

type World = ReturnType<typeof world>;

/** The ledger never holds more than the caps, nor less than what the machines that run may cost. */
async function check({ store, market: { machines } }: World): Promise<void> {
  const ledger = await store.open.get('+', 'ledger', day);
  const { projects: sums, all } = ledger ? sumsOf(ledger) : { projects: new Map<string, number>(), all: 0 };
  expect(all).toBeLessThanOrEqual(caps.all);
  for (const name of projects) expect(sums.get(name) ?? 0).toBeLessThanOrEqual(caps[name]);
  const open = Object.values(ledger?.open ?? {}).flatMap(({ microUsd }) => Object.values(microUsd));
  expect(open.reduce((sum, one) => sum + one, 0)).toBeGreaterThanOrEqual(machines.size * worst);
}

async function act(film: World, run: ReturnType<typeof processes>, one: Action, n: number): Promise<void> {
  const { lacks, machines, trouble } = film.market;
  const later = 'index' in one ? one.index : 0;
  switch (one.do) {
    case 'queue':
      return queue(film, String(n), projects[one.project] ?? 'color', pools[one.pool] ?? 'gpu');
    case 'pass':
      return run.start((ports) => dispatch(ports, pools[one.pool] ?? 'gpu', [ports.clock.now()]));
    case 'minute':
      film.later(minute);
      return run.start(sweep);
    case 'answers':
      trouble.answersLost = !trouble.answersLost;
      return;
    case 'lack': {
      const shelf = ['us-east-1/spot', 'us-east-1/on-demand', 'us-east-1/zone/us-east-1a'][later % 3] ?? '';
      if (!lacks.delete(shelf)) lacks.set(shelf, 'capacity');
      return;
    }
    case 'end': {
      const id = [...machines.keys()][later % Math.max(1, machines.size)];
      if (id !== undefined) end(film, run, id);
      return;
    }
    case 'kill':
      return run.kill(later);
    case 'step':
      for (let step = 0; step < later; step += 1) await run.step();
  }
}

async function queue(film: World, id: string, project: string, of: string): Promise<void> {
  const now = film.ports.clock.now();
  const about = {
    repository: `film/${project}`,
    name: id,
    runId: id,
    runAttempt: 1,
    headSha: 'f'.repeat(40),
  };
  film.github.known.set(id, { ...about, id, labels: [of], status: 'queued', queuedAt: now });
  const fact = { ...about, id, phase: 'waiting' as const, labels: [of], queuedAt: now };
  await recordJob(film.ports, fact, { pool: of, project, scope: `scope-${project}` });
}

function end(film: World, run: ReturnType<typeof processes>, id: string): void {
  const { launch = '' } = film.market.machines.get(id) ?? {};
  film.market.end(id);
  run.start((ports) => recordGone(ports, { pool: launch.replace(/-\d+$/, ''), launch, id, provider: 'ec2' }));
}

/** All jobs end, all machines too, and the reaper comes for half an hour. */
async function settle(film: World, run: ReturnType<typeof processes>): Promise<void> {
  film.market.trouble.answersLost = false;
  for (const job of film.github.known.values()) {
    const [of = ''] = job.labels;
    const project = job.repository.replace('film/', '');
    const fact = { ...job, phase: 'done' as const, outcome: 'cancelled' };
    await recordJob(film.ports, fact, { pool: of, project, scope: `scope-${project}` });
  }
  for (let passed = 0; passed < 30; passed += 1) {
    film.later(minute);
    run.start(sweep);
    await run.finish();
    for (const name of pools) run.start((ports) => dispatch(ports, name, [ports.clock.now()]));
    for (const id of [...film.market.machines.keys()]) end(film, run, id);
    await run.finish();
  }
}

/** What all builders have cost, and whether it is known of each who pays for it. */
async function costs(film: World): Promise<{ all: number; of(project: string): number; known: boolean }> {
  const states = await Promise.all(pools.map((name) => film.store.open.read(name)));
  const builders: Builder[] = states.flatMap((state) => state.builders);
  const sum = (some: Builder[]): number => some.map(costOf).reduce((all, one) => all + one, 0);
  return {
    all: sum(builders),
    of: (project) => sum(builders.filter((one) => one.project === project)),
    known: builders.every((one) => one.project !== undefined),
  };
}

describe('the ledger', () => {
  it('oversteps no cap, and holds in the end what builders have cost, to the millionth', async () => {
    const property = fc.asyncProperty(
      fc.scheduler(),
      fc.array(action, { minLength: 10, maxLength: 60 }),
      async (turns, actions) => {
        const film = world();
        const run = processes(film.ports, turns, () => check(film));
        for (const [n, one] of actions.entries()) await act(film, run, one, n + 1);
        await run.finish();
        await settle(film, run);
        expect(run.errors.map(String)).toEqual([]);
        expect(film.market.machines.size).toBe(0);
        const ledger = await film.store.open.get('+', 'ledger', day);
        expect(ledger?.open ?? {}).toEqual({});
        const settled = ledger?.settled ?? {};
        const cost = await costs(film);
        expect(Object.values(settled).reduce((sum, one) => sum + one, 0)).toBe(cost.all);
        for (const name of cost.known ? projects : []) expect(settled[name] ?? 0).toBe(cost.of(name));
      },
    );
    await fc.assert(property, { seed: 20261121, numRuns: 60 });
  }, 60_000);
});
