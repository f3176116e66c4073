// The simulated DynamoDB keeps the contract of the real one; its reads are no snapshot, its calls may fail.
import { describe, expect, it } from 'vitest';
import { toAttributes } from '../../../shared/store/attributes.ts';
import { openTable } from '../../../shared/store/dynamo.ts';
import { storeContract } from '../../store/contract.ts';
import { job } from '../../store/samples.ts';
import { storeOver } from '../ports.ts';
import { minute } from '../time.ts';
import { createWorld, type Faults, noFaults } from '../world.ts';
import { simulatedDynamo, tables } from './dynamo.ts';

const worldWith = (faults: Partial<Faults> = {}) =>
  createWorld(1, { ...noFaults, ...faults }, 0, 60 * minute);

storeContract('the simulated DynamoDB', () => {
  const { here } = simulatedDynamo(worldWith(), () => undefined);
  return {
    ...storeOver(here),
    // Those of the worlds share what they have parsed.
    open: openTable(here, { table: tables.open }),
    async plant(pool, key, fields) {
      await here.putItem({ TableName: tables.open, Item: toAttributes({ ...fields, pool, item: key }) });
    },
    close: () => undefined,
  };
});

/** A table of 40 jobs as a process reaches it. */
async function full(faults: Partial<Faults> = {}) {
  const world = worldWith(faults);
  const dynamo = simulatedDynamo(world, () => undefined);
  const { open: here } = storeOver(dynamo.here);
  for (let id = 10; id < 50; id += 1) await here.put({ ...job, version: 0, id: String(id) });
  const process = world.process('a function', true);
  return { world, here, open: openTable(dynamo.api(process), { table: tables.open }) };
}

describe('a read in pages', () => {
  it('takes a call for each page, and sees what is written meanwhile', async () => {
    const { world, here, open } = await full();
    const reading = open.read(job.pool);
    await world.time.runUntil(50);
    const [first, last] = [await here.get(job.pool, 'job', '10'), await here.get(job.pool, 'job', '49')];
    if (!first || !last) throw new Error('the jobs are not there');
    await here.put({ ...first, name: 'too late' });
    await here.put({ ...last, name: 'in time' });
    await world.time.runUntil(minute);
    const { jobs } = await reading;
    expect(jobs).toHaveLength(40);
    expect(jobs.map(({ name }) => name).filter((name) => /in time|too late/.test(name))).toEqual(['in time']);
    expect(jobs.map(({ id }) => id)).toEqual(jobs.map(({ id }) => id).toSorted());
  });

  it('goes on behind an item that is gone', async () => {
    const { world, here, open } = await full();
    const reading = open.read(job.pool);
    await world.time.runUntil(50);
    for (let id = 15; id < 25; id += 1) {
      const one = await here.get(job.pool, 'job', String(id));
      if (one) await here.remove(one);
    }
    await world.time.runUntil(minute);
    const ids = (await reading).jobs.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
    expect(ids).toContain('25');
  });
});

describe('a table that takes no more calls', () => {
  it('is asked again by the client, whose repeated writes meet their own', async () => {
    const { world, here, open } = await full({ tableThrottled: 1 });
    const answers: string[] = [];
    for (let id = 100; id < 140; id += 1) {
      const fresh = { ...job, version: 0, id: String(id) };
      const word = (text: string) => () => void answers.push(text);
      const writing = open.put(fresh).then(({ ok }) => word(ok ? 'written' : 'refused')(), word('failed'));
      await world.time.runUntil(world.time.now() + 20_000);
      await writing;
    }
    const stored = (await here.read(job.pool)).jobs.filter(({ id }) => Number(id) >= 100);
    expect(new Set(answers)).toEqual(new Set(['written', 'failed']));
    // Some failed after they had their effect, and none that was written was taken for another one's.
    expect(stored.length).toBeGreaterThan(answers.filter((answer) => answer === 'written').length);
    expect(stored.length).toBeLessThan(40);
  });
});
