// Deliveries of the webhook: which ones have arrived.
import { describe, expect, it } from 'vitest';
import { Doubt } from '../../shared/scheduler/ports.ts';
import { noon, studio } from './studio.ts';

const call = 'GET /app/hook/deliveries';

/** An attempt as GitHub lists it; `minute`: how long before noon. */
const attempt = (id: number, guid: string, minute: number, more: object = {}) => ({
  id,
  guid,
  delivered_at: new Date(noon - minute * 60_000).toISOString(),
  redelivery: false,
  duration: 0.27,
  status: 'OK',
  status_code: 202,
  event: 'workflow_job',
  action: 'queued',
  installation_id: 11,
  repository_id: 217723345,
  ...more,
});
const timedOut = { status: 'timed out', status_code: 0 };
const failed = { status: 'Invalid HTTP Response: 502', status_code: 502 };

describe('a page of deliveries', () => {
  it('says of each attempt whether it has arrived', async () => {
    const { server, deliveries } = await studio();
    server.on(call, {
      body: [
        attempt(9, 'failed', 1, failed),
        attempt(8, 'healed', 2, { redelivery: true }),
        attempt(6, 'odd-words', 4, { status: 'Accepted', status_code: 202 }),
        attempt(10, 'words-only', 5, { status_code: null }),
        attempt(4, 'no-status', 6, { ...timedOut, status_code: null }),
        attempt(3, 'timed-out', 7, timedOut),
      ],
    });
    const page = await deliveries.page();
    expect(page?.attempts.filter(({ hasArrived }) => !hasArrived).map(({ guid }) => guid)).toEqual([
      'failed',
      'no-status',
      'timed-out',
    ]);
    expect(page?.attempts.slice(0, 2)).toEqual([
      { id: '9', guid: 'failed', at: noon - 60_000, hasArrived: false },
      { id: '8', guid: 'healed', at: noon - 120_000, hasArrived: true, again: true },
    ]);
    expect(page?.next).toBeUndefined();
  });

  it('begins where the last one ended, with every digit of the ids', async () => {
    const { server, deliveries } = await studio();
    const body = JSON.stringify([attempt(5, 'g', 1)]).replace('"id":5', '"id":1152921504606846971');
    const link = `<${server.url}/x?per_page=100&cursor=v1_a%3D>; rel="next", <x?cursor=z>; rel="prev"`;
    server.on(call, ({ query }) => (query.cursor === 'v1_a=' ? { body: [] } : { headers: { link }, body }));
    const first = await deliveries.page();
    expect(first).toMatchObject({ attempts: [{ id: '1152921504606846971' }], next: 'v1_a=' });
    expect(await deliveries.page(first?.next)).toEqual({ attempts: [], next: undefined });
  });

  it.each([400, 404, 422])('has none where GitHub does not take the cursor any more (%i)', async (status) => {
    const { server, deliveries } = await studio();
    server.on(call, { status, body: { message: 'Invalid cursor' } });
    expect(await deliveries.page('old')).toBeUndefined();
    await expect(deliveries.page()).rejects.toThrow(Doubt);
  });

  it('is not told by half', async () => {
    const { server, deliveries } = await studio();
    server.on(call, { status: 502 });
    await expect(deliveries.page()).rejects.toThrow(Doubt);
  });
});

describe('redelivering', () => {
  const again = 'POST /app/hook/deliveries/1152921504606846977/attempts';

  it('is asked of GitHub by id; what GitHub no longer keeps is no error', async () => {
    const { server, deliveries } = await studio();
    await deliveries.redeliver('1152921504606846977');
    server.on(again, { status: 202, body: {} });
    await deliveries.redeliver('1152921504606846977');
    expect(server.to(again)).toHaveLength(2);
  });

  it.each([400, 422, 500])('answered %i is a doubt', async (status) => {
    const { server, deliveries } = await studio();
    server.on(again, { status, body: { message: 'no' } });
    await expect(deliveries.redeliver('1152921504606846977')).rejects.toThrow(Doubt);
  });
});
