// The memory of what clouds lack: how long it lasts, and how large its one item gets.
import { describe, expect, it } from 'vitest';
import { offeringKey } from '../../shared/contract/offerings.ts';
import { learn, rememberEmpty } from '../../shared/operations/memory.ts';
import { offeringsOf } from '../../shared/policy/offerings.ts';
import type { PoolInput } from '../../shared/policy/schema.ts';
import type { Fault } from '../../shared/scheduler/ports.ts';
import { asked } from '../scheduler/scene.ts';
import { input, minute, type Stage, stage } from './fakes.ts';

const memoryOf = ({ store }: Stage) => store.open.get('+', 'memory', 'memory');

describe('a mark', () => {
  it('is forgotten with the first write ten minutes after its end', async () => {
    const film = stage();
    const mark = () => ({ until: film.ports.clock.now() + minute, why: 'none' });
    await rememberEmpty(film.ports, 'a', mark());
    film.later(11 * minute - 1);
    await rememberEmpty(film.ports, 'b', mark());
    expect(Object.keys((await memoryOf(film))?.empty ?? {}).sort()).toEqual(['a', 'b']);
    film.later(1);
    await rememberEmpty(film.ports, 'c', mark());
    expect(Object.keys((await memoryOf(film))?.empty ?? {}).sort()).toEqual(['b', 'c']);
  });
});

describe('the largest needs, in four regions that have nothing left', () => {
  const regions = ['us-east-1', 'us-east-2', 'us-west-2', 'eu-west-1'];
  const ways = regions.flatMap((region) =>
    (['spot', 'on-demand'] as const).map((market) => ({ region, market })),
  );

  /** Each offering is empty, for a reason of its own that is long. */
  async function remembered(rung: { gpus: number; maxUsdPerHour?: number }) {
    const { gpus, ...more } = rung;
    const ladder = ways.map((way) => ({ provider: 'ec2', needs: { gpus }, ...way, ...more }) as const);
    const gpu: PoolInput = { ...input.pools.gpu, ladder, jobLimitMinutes: 30 };
    const film = stage({
      aws: { region: 'us-east-1', regions: Object.fromEntries(regions.map((name) => [name, {}])) },
      pools: { ...input.pools, gpu },
      projects: { color: { ...input.projects.color, maxUsdPerDay: 10_000 } },
      maxUsdPerDay: 10_000,
    });
    const state = await film.store.open.read('gpu');
    for (const rung of ladder.keys()) {
      const offerings = offeringsOf(film.ports.config, 'gpu', rung);
      const faults = offerings.map((one): Fault => {
        const shelf = offeringKey(one);
        return { kind: 'capacity', why: `${shelf} ${'x'.repeat(400)}`, shelves: [shelf] };
      });
      await learn(film.ports, state, asked(rung + 1, 1), { started: [], faults }, offerings);
    }
    const memory = await memoryOf(film);
    return {
      marks: Object.keys(memory?.empty ?? {}).length,
      size: JSON.stringify(memory).length,
    };
  }

  it('are remembered in an item that is far from full', async () => {
    const { marks, size } = await remembered({ gpus: 1 });
    expect(marks).toBe(270);
    expect(size).toBeLessThan(60_000);
  });

  it('are remembered in part where any price is taken', async () => {
    const { marks, size } = await remembered({ gpus: 1, maxUsdPerHour: 200 });
    expect(marks).toBe(700);
    expect(size).toBeLessThan(150_000);
  });
});
