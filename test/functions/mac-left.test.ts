// Macs that leave the configuration while they work: their jobs end as ever, and their hosts go in time.
import { describe, expect, it } from 'vitest';
import type { Config, PoolConfig } from '../../shared/policy/schema.ts';
import { hour, type MacCrew, macCrew, minute } from './mac-crew.ts';

const macs = { labels: ['mac'] };

const without: [string, (mac: PoolConfig) => Config['pools']][] = [
  ['of a pool that keeps another rung', (mac) => ({ mac: { ...mac, ladder: [{ provider: 'local' }] } })],
  [
    'of a pool that is gone',
    (mac) => ({ gpu: { ...mac, labels: ['gpu'], ladder: [{ provider: 'local' }] } }),
  ],
];

/** Deploys another configuration of pools. */
function deploy({ ports: { config } }: MacCrew, pools: (mac: PoolConfig) => Config['pools']): void {
  const { mac } = config.pools;
  if (!mac) throw new Error('there is no pool of Macs');
  config.pools = pools(mac);
}

/** The one host is empty and stays until its day is over, not longer; nobody asks for another one. */
async function endsInTime(film: MacCrew): Promise<void> {
  await film.minutes(60);
  const { allocatedAt = 0, ...host } = await film.host();
  expect(host).toMatchObject({ phase: 'held', state: 'available', instances: [] });
  film.later(allocatedAt + 24 * hour - film.ports.clock.now());
  expect(film.macs.all.get('h-mac-1')?.releasedAt).toBeUndefined();
  await film.minutes(2);
  expect(film.macs.all.get('h-mac-1')?.releasedAt).toBe(allocatedAt + 24 * hour + minute);
  await film.minutes(2);
  expect(await film.money()).toMatchObject({ open: 0 });
  expect(film.macs.all.size).toBe(1);
}

describe.each(without)('the Mac %s', (_, pools) => {
  it('does its job to the end, then ends, and its host is released', async () => {
    const film = macCrew();
    await film.queue('1', 'film/color', macs);
    await film.settle();
    await film.begin('1');
    deploy(film, pools);
    await film.minutes(10);
    expect(await film.mac()).toMatchObject({ job: '1', startedAt: expect.any(Number) });
    await film.end('1');
    await film.minutes(1);
    expect([...film.macs.machines]).toEqual([]);
    await endsInTime(film);
  });

  it('ends when its disk was being replaced, or when it had no job yet', async () => {
    for (const job of ['1', undefined]) {
      const film = macCrew();
      if (job) await film.serve(job);
      else await film.queue('1', 'film/color', macs);
      await film.settle();
      deploy(film, pools);
      film.macs.trouble.dead.add('mark').add('resets').add('reset').add('allocate');
      await film.minutes(2);
      expect([...film.macs.machines]).toEqual([]);
      await film.tell('1', { status: 'completed', conclusion: 'cancelled' });
      await endsInTime(film);
    }
  });
});
