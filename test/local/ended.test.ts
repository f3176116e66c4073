// The event of the local provider through the handler of cloud events.
import { describe, expect, it } from 'vitest';
import { createCloudEvents } from '../../functions/cloud-events/cloud-events.ts';
import { endedEvent, readEnded } from '../../infra/local/ended.ts';
import { crew } from '../functions/crew.ts';

const b = 'memory-gpu-1-0';
const end = { builder: b, launch: 'gpu-1', why: 'killed', log: 'the end' };

async function stage() {
  const film = crew();
  await film.queue('1', 'film/color');
  await film.pass();
  film.rings.length = 0;
  return { ...film, hears: createCloudEvents(film.ports, readEnded) };
}

describe('the end of a process', () => {
  it('makes its builder gone, with the end of its log, and rings', async () => {
    const film = await stage();
    await film.hears(endedEvent(end));
    expect(await film.builder(b)).toMatchObject({ phase: 'gone', log: 'the end' });
    expect(film.rings).toEqual(['gpu']);
  });

  it.each([
    ['from another source', { ...endedEvent(end), source: 'aws.codebuild' }],
    ['of no launch of ours', endedEvent({ ...end, launch: 'GPU 1' })],
    ['that is nothing', { ...endedEvent(end), detail: null }],
  ])('%s is ignored', async (_, told) => {
    const film = await stage();
    await film.hears(told);
    expect((await film.builder(b)).phase).toBe('booting');
    expect(film.rings).toEqual([]);
  });
});
