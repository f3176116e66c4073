// Cloud events through their handler: a machine's end becomes a fact and a ring, everything else is ignored.
import { describe, expect, it } from 'vitest';
import { createCloudEvents } from '../../functions/cloud-events/cloud-events.ts';
import { crew } from './crew.ts';

const b = 'memory-gpu-1-0';
const event = (detail: unknown, source = 'callsheet.local') => ({
  version: '0',
  id: 'e',
  source,
  account: '1',
  time: '2026-11-21T12:00:00Z',
  region: 'eu-west-1',
  resources: [],
  'detail-type': 'ended',
  detail,
});

async function stage() {
  const film = crew();
  await film.queue('1', 'film/color');
  await film.pass();
  film.rings.length = 0;
  return { ...film, hears: createCloudEvents(film.ports) };
}

describe('the end of a machine', () => {
  it('makes its builder gone, with the end of its log, and rings', async () => {
    const film = await stage();
    await film.hears(event({ builder: b, launch: 'gpu-1', log: 'killed' }));
    expect(await film.builder(b)).toMatchObject({ phase: 'gone', log: 'killed' });
    expect(film.rings).toEqual(['gpu']);
    await film.pass();
    expect((await film.store.open.read('gpu')).builders.map(({ phase }) => phase)).toEqual([
      'gone',
      'booting',
    ]);
  });

  it('told twice, or after it was archived, is told once', async () => {
    const film = await stage();
    await film.hears(event({ builder: b, launch: 'gpu-1', log: 'first' }));
    await film.hears(event({ builder: b, launch: 'gpu-1', log: 'second' }));
    const gone = await film.builder(b);
    expect(gone.log).toBe('first');
    await film.store.history.put(gone);
    await film.store.open.remove(gone);
    await film.hears(event({ builder: b, launch: 'gpu-1' }));
    expect((await film.store.open.read('gpu')).builders).toEqual([]);
  });

  it('before its record makes an ended one, so that a late answer cannot bring it back', async () => {
    const film = await stage();
    await film.hears(event({ builder: 'm2', launch: 'gpu-1' }));
    expect((await film.builder('m2')).phase).toBe('gone');
  });

  it.each([
    ['from another source', event({ builder: b, launch: 'gpu-1' }, 'aws.ec2')],
    ['without a builder', event({ launch: 'gpu-1' })],
    ['of no launch of ours', event({ builder: b, launch: 'GPU 1' })],
    ['that is nothing', event(null)],
  ])('%s is ignored', async (_, told) => {
    const film = await stage();
    await film.hears(told);
    expect((await film.builder(b)).phase).toBe('booting');
    expect(film.rings).toEqual([]);
  });
});
