// Stories of builders that wait in their cloud's queue: what is written down, and what a sweep learns.
import { expect, it } from 'vitest';
import { recordProvisioned } from '../../shared/operations/record.ts';
import { sweep } from '../../shared/operations/sweep/sweep.ts';
import { minute } from '../operations/fakes.ts';
import { type Crew, crew } from './crew.ts';

const ladder = [{ provider: 'codebuild', size: 'large', patienceMinutes: 20 }] as const;
const pool = { os: 'linux', arch: 'x64', maximum: 4 } as const;

/** The crew in a cloud with a queue; a job has been queued, and its builder launched. */
async function queued(): Promise<Crew> {
  const on = crew({
    pools: {
      gpu: { ...pool, labels: ['gpu'], ladder: [...ladder] },
      xl: { ...pool, labels: ['xl'], ladder: [{ provider: 'local' }] },
    },
  });
  on.ports.providers.codebuild = on.cloud;
  await on.queue('1', 'film/color');
  await on.pass();
  return on;
}
const id = 'memory-gpu-1-0';

it('a builder may wait as long as its rung says, and costs what its size costs', async () => {
  const on = await queued();
  const builder = await on.builder(id);
  expect(builder.queueUntil).toBe(builder.launchedAt + 20 * minute);
  expect(builder.usdPerHour).toBe(1.2);
});

it('a claim says that it has left the queue', async () => {
  const on = await queued();
  on.later(19 * minute);
  expect((await on.claim(id)).status).toBe(200);
  const { provisionedAt, askedAt } = await on.builder(id);
  expect(provisionedAt).toBe(askedAt);
});

it('an event says so, once, and of builders on record only', async () => {
  const on = await queued();
  await recordProvisioned(on.ports, { pool: 'gpu', id }, 5);
  await recordProvisioned(on.ports, { pool: 'gpu', id }, 6);
  await recordProvisioned(on.ports, { pool: 'gpu', id: 'memory-gpu-9-0' }, 6);
  expect((await on.builder(id)).provisionedAt).toBe(5);
  expect(await on.store.open.get('gpu', 'builder', 'memory-gpu-9-0')).toBeUndefined();
});

it('a sweep says so when the event was lost', async () => {
  const on = await queued();
  on.later(10 * minute);
  const { list } = on.cloud;
  on.cloud.list = async () => (await list()).map((seen) => ({ ...seen, provisionedAt: 7 }));
  expect((await sweep(on.ports)).problems).toEqual([]);
  expect((await on.builder(id)).provisionedAt).toBe(7);
});

it('a job whose builder never leaves the queue is told so, and tried again three minutes later', async () => {
  const on = await queued();
  on.later(22 * minute + 1);
  await on.pass();
  expect((await on.builder(id)).phase).toBe('stopping');
  expect((await on.job('1')).verdict?.why).toContain("waited in the cloud's queue");
  on.cloud.end(id);
  on.later(3 * minute);
  await on.pass();
  expect(await on.builder('memory-gpu-2-0')).toMatchObject({ phase: 'booting', job: '1' });
});
