// Deliveries of the webhook: which ones never arrived.
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

describe('failed deliveries', () => {
  it('are those of which no attempt has arrived, one id for each', async () => {
    const { server, deliveries } = await studio();
    server.on(call, {
      body: [
        attempt(9, 'twice-failed', 1, failed),
        attempt(8, 'healed', 2, { redelivery: true }),
        attempt(7, 'twice-failed', 3, failed),
        attempt(6, 'odd-words', 4, { status: 'Accepted', status_code: 202 }),
        attempt(5, 'healed', 5, failed),
        attempt(10, 'words-only', 5, { status_code: null }),
        attempt(4, 'no-status', 6, { ...timedOut, status_code: null }),
        attempt(3, 'timed-out', 7, timedOut),
        attempt(2, 'too-old', 11, failed),
      ],
    });
    expect(await deliveries.failed(noon - 600_000)).toEqual(['9', '4', '3']);
  });

  it('are read page by page until they are too old, with every digit of their ids', async () => {
    const { server, deliveries } = await studio();
    const page = (cursor: string, minute: number) => ({
      headers: {
        link: `<${server.url}/x?per_page=100&cursor=${cursor}>; rel="next", <x?cursor=z>; rel="prev"`,
      },
      body: JSON.stringify([attempt(5, `g${minute}`, minute, failed)]).replace(
        '"id":5',
        `"id":115292150460684697${minute}`,
      ),
    });
    const pages: Record<string, ReturnType<typeof page>> = {
      first: page('v1_a%3D', 1),
      'v1_a=': page('b', 2),
      b: page('c', 3),
    };
    server.on(call, ({ query }) => pages[query.cursor ?? 'first'] ?? { status: 500 });
    expect(await deliveries.failed(noon - 150_000)).toEqual(['1152921504606846971', '1152921504606846972']);
    expect(server.to(call)).toHaveLength(3);
  });

  it('are not told by half', async () => {
    const { server, deliveries } = await studio();
    server.on(call, { status: 502 });
    await expect(deliveries.failed(0)).rejects.toThrow(Doubt);
  });

  it('are looked at for a bounded number of pages', async () => {
    const { server, deliveries } = await studio();
    const link = `<${server.url}/app/hook/deliveries?cursor=again>; rel="next"`;
    server.on(call, { headers: { link }, body: [attempt(1, 'g', 1, failed)] });
    expect(await deliveries.failed(0)).toEqual(['1']);
    expect(server.to(call)).toHaveLength(30);
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
