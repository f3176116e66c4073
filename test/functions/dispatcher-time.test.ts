// The dispatcher's time: what takes long leaves some for the rest, and is gone on with later.
import { describe, expect, it } from 'vitest';
import { input } from '../operations/fakes.ts';
import { crew } from './crew.ts';

const second = 1000;

describe('stops that take long', () => {
  it('leave time for a job that waits, and are gone on with by the next pass', async () => {
    const film = crew({ pools: { ...input.pools, gpu: { ...input.pools.gpu, maximum: 100 } } });
    const { stop } = film.cloud;
    film.cloud.stop = (ids) => {
      film.later(second);
      return stop(ids);
    };
    const began = film.ports.clock.now();
    const old = began - 24 * 3600 * second;
    for (let number = 0; number < 60; number += 1) {
      const id = `old-${number}`;
      film.cloud.plant(id);
      const times = { launchedAt: old, askedAt: old, claimedAt: old, readyAt: old, startedAt: old };
      await film.put({
        kind: 'builder',
        pool: 'gpu',
        id,
        version: 0,
        phase: 'ready',
        provider: 'local',
        rung: 0,
        launch: 'gpu-0',
        turn: 1,
        count: 1,
        usdPerHour: 0,
        ...times,
      });
    }
    await film.queue('1', 'film/color');
    await film.pass();
    const startedAt = film.cloud.machines.get('memory-gpu-1-0')?.startedAt ?? 0;
    expect(startedAt - began).toBeLessThan(20 * second);
    expect(film.rings).toContain('gpu');
    await film.pass();
    await film.pass();
    expect([...film.cloud.machines.keys()]).toEqual(['memory-gpu-1-0']);
  });
});
