// Spot machines that are taken back, through the real handlers: what is idle goes, what works stays.
import { describe, expect, it } from 'vitest';
import { ec2Crew, instance, runnerOf } from './ec2-crew.ts';

const minute = 60_000;
const b = instance();
const other = instance('memory-gpu-2-0');
const leave = { status: 200, body: { next: 'shutdown' } };

/** A machine was started for job 1. */
async function booting() {
  const film = ec2Crew();
  await film.queue('1', 'film/color');
  await film.pass();
  return film;
}

/** It has claimed. */
async function idle() {
  const film = await booting();
  await film.claim(b);
  return film;
}

/** Job 1 runs on it. */
async function busy() {
  const film = await idle();
  await film.tell('1', { status: 'in_progress', runner: runnerOf(b) });
  await film.pass();
  return film;
}

describe('a machine that the cloud takes back', () => {
  it('while it boots is stopped, and another one is started', async () => {
    const film = await booting();
    await film.warns(b);
    await film.pass();
    expect(await film.builder(b)).toMatchObject({
      phase: 'stopping',
      why: 'the cloud takes its machine back',
    });
    expect(await film.builder(other)).toMatchObject({ phase: 'booting', job: '1' });
  });

  it('while it has no job is retired, and another one is started', async () => {
    const film = await idle();
    await film.warns(b);
    await film.pass();
    expect((await film.builder(b)).phase).toBe('retiring');
    expect(film.github.runnersNow.size).toBe(0);
    expect(await film.progress(b, false)).toEqual(leave);
    expect(await film.builder(other)).toMatchObject({ phase: 'booting', job: '1' });
  });

  it('while its job runs is left alone until it is gone', async () => {
    const film = await busy();
    await film.warns(b);
    await film.pass();
    await film.sweep();
    expect(await film.builder(b)).toMatchObject({ phase: 'ready', interruptedAt: expect.any(Number) });
    expect(await film.progress(b, true)).toEqual({ status: 200, body: { next: 'continue' } });
    expect(film.cloud.machines.size).toBe(1);
    await film.becomes(b, 'shutting-down');
    expect(await film.builder(b)).toMatchObject({
      phase: 'gone',
      why: 'the cloud takes its machine back',
    });
  });

  it('while it works by its own word, which GitHub has not confirmed, is left alone too', async () => {
    const film = await idle();
    await film.progress(b, true);
    await film.warns(b);
    await film.pass();
    expect((await film.builder(b)).phase).toBe('ready');
    expect(film.github.runnersNow.size).toBe(1);
  });

  it('while GitHub says that it works is left alone too', async () => {
    const film = await idle();
    const registered = film.github.runnersNow.get(runnerOf(b));
    if (registered) registered.busy = true;
    await film.warns(b);
    await film.pass();
    await film.pass();
    expect(await film.builder(b)).toMatchObject({ phase: 'ready', startedAt: expect.any(Number) });
    expect(film.cloud.machines.has('memory-gpu-1-0')).toBe(true);
  });

  it('does not count against the job that it was for, however often', async () => {
    const film = await booting();
    for (let number = 1; number <= 3; number += 1) {
      const id = instance(`memory-gpu-${number}-0`);
      await film.claim(id, { launch: `gpu-${number}` });
      await film.warns(id);
      await film.pass();
      await film.finished(id, 0, { launch: `gpu-${number}` });
      await film.becomes(id, 'terminated');
      await film.pass();
    }
    expect((await film.job('1')).verdict?.code).not.toBe('builders-failed');
    expect((await film.builder(instance('memory-gpu-4-0'))).phase).toBe('booting');
  });
});

describe('a machine that was stopped, not ended', () => {
  it('is gone for its pool, and the reaper ends it as an orphan', async () => {
    const film = await busy();
    await film.becomes(b, 'stopping');
    await film.becomes(b, 'stopped');
    expect((await film.builder(b)).phase).toBe('gone');
    await film.tell('1', { status: 'completed', conclusion: 'failure' });
    for (let after = 1; after <= 6; after += 1) {
      film.later(minute);
      await film.sweep();
      if (after <= 3) expect(film.cloud.machines.size).toBe(1);
    }
    expect(film.cloud.machines.size).toBe(0);
  });
});
