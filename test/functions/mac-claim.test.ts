// What agents on Macs may say: who claims after a wiping shows the epoch, and bound machines take what is
// bound.
import { beforeEach, describe, expect, it } from 'vitest';
import { instanceOf } from '../operations/macs.ts';
import { keyOf } from './crew.ts';
import { epochs, type MacCrew, macCrew, minute } from './mac-crew.ts';

const macs = { labels: ['mac'] };
const id = instanceOf('mac-2');
const wait = (seconds: number) => ({ status: 200, body: { next: 'wait', seconds } });
const refused = { status: 403, body: { error: 'refused' } };

let film: MacCrew;

/** A trusted job of film/color has run on the machine, and its disk is being replaced. */
beforeEach(async () => {
  film = macCrew();
  await film.serve('1');
  await film.settle();
});

describe('a claim in the first turn', () => {
  it('that shows an epoch is refused: there is none', async () => {
    const other = macCrew();
    await other.queue('1', 'film/color', macs);
    await other.settle();
    expect(await other.asks({ epoch: 'a'.repeat(64) })).toEqual(refused);
    expect((await other.mac()).keyHash).toBeUndefined();
  });
});

describe('a claim while the disk is replaced', () => {
  it('waits, with whatever key and epoch', async () => {
    const before = await film.mac();
    const guess = await epochs.of({ id, turn: 2 });
    expect(await film.asks()).toEqual(wait(15));
    expect(await film.asks({ key: keyOf('new'), epoch: guess })).toEqual(wait(15));
    expect(await film.mac()).toEqual(before);
  });
});

describe('while the disk is replaced', () => {
  it('what the old agent says again and again is no news', async () => {
    expect(await film.says('finished', { exitCode: 0 })).toEqual(wait(15));
    expect(film.rings).toEqual([]);
  });

  it('the claim of the new agent is: a pass asks how the reset goes, and its turn begins', async () => {
    film.later(13 * minute);
    expect(await film.asks()).toEqual(wait(15));
    expect(film.rings).toEqual(['mac']);
    await film.settle();
    expect((await film.mac()).turn).toBe(2);
  });
});

describe('a claim in a later turn', () => {
  beforeEach(() => film.minutes(13));

  it('waits for its epoch where the tag is not there yet', async () => {
    expect(await film.asks({ epoch: undefined })).toEqual(wait(10));
    expect((await film.mac()).askedAt).toBeUndefined();
  });

  it.each([
    ['of another turn', () => epochs.of({ id, turn: 3 })],
    ['of another machine', () => epochs.of({ id: 'i-0123456789abcdef0', turn: 2 })],
    ['that was made up', async () => 'f'.repeat(64)],
  ])('with an epoch %s is refused', async (_, epoch) => {
    expect(await film.asks({ epoch: await epoch() })).toEqual(refused);
    expect((await film.mac()).keyHash).toBeUndefined();
  });

  it('waits where the tag is still that of the turn before', async () => {
    await film.serve('2');
    await film.minutes(14);
    expect(await film.mac()).toMatchObject({ turn: 3, phase: 'booting' });
    expect(await film.asks({ epoch: await epochs.of({ id, turn: 2 }) })).toEqual(wait(10));
    expect((await film.mac()).askedAt).toBeUndefined();
  });

  it('with its epoch waits for a job as long as it takes, and then gets it', async () => {
    for (let passed = 0; passed < 30; passed += 1) {
      expect(await film.asks()).toEqual(wait(20));
      await film.minutes(1);
    }
    await film.queue('2', 'film/color', macs);
    await film.settle();
    expect(await film.asks()).toMatchObject({ body: { work: { kind: 'actions' } } });
  });

  it('is not repeated by another agent', async () => {
    await film.asks();
    expect(await film.asks({ key: keyOf('another') })).toMatchObject({ status: 409 });
  });

  it('has nothing to do with the key before: that says nothing any more', async () => {
    const old = { builder: id, launch: 'mac-2', key: keyOf(`${id} 0`) };
    const about = { repository: 'film/color', runId: '91', runAttempt: 1, job: 'build' };
    const before = await film.mac();
    expect(await film.call('finished', { ...old, exitCode: 0 })).toEqual(refused);
    expect(await film.call('progress', { ...old, busy: true })).toEqual(refused);
    expect(await film.call('job', { ...old, ...about })).toEqual(refused);
    await film.asks();
    expect(await film.call('finished', { ...old, exitCode: 0 })).toEqual(refused);
    expect(await film.mac()).toMatchObject({ phase: 'booting', turn: 2, version: before.version + 1 });
  });

  it('is refused where the machine cannot prove itself: a document that was copied is no proof', async () => {
    expect(await film.asks({ proof: 'a copy' })).toEqual(refused);
  });
});

describe('a machine that gives up', () => {
  const gives = (epoch?: string) => {
    const failure = { proof: `proof of ${id}`, why: 'no disk is left', ...(epoch && { epoch }) };
    const about = { builder: id, launch: 'mac-2', key: keyOf('whatever') };
    return film.call('progress', { ...about, busy: false, failure });
  };

  it.each([
    ['without its epoch', async () => undefined],
    ['with the epoch of another turn', () => epochs.of({ id, turn: 3 })],
  ])('in a later turn, %s, may be a job of an earlier one: nothing changes', async (_, epoch) => {
    await film.minutes(13);
    const before = await film.mac();
    expect(await gives(await epoch())).toEqual({ status: 200, body: { next: 'continue' } });
    expect(film.rings).not.toContain('mac');
    expect(await film.mac()).toEqual(before);
  });

  it('in a later turn, with its epoch, is ended', async () => {
    await film.minutes(13);
    expect(await gives(await epochs.of({ id, turn: 2 }))).toMatchObject({ body: { next: 'shutdown' } });
    expect(await film.mac()).toMatchObject({ phase: 'stopping', why: 'no disk is left' });
  });

  it('in the turn that ends just then, is not ended in the next one', async () => {
    const other = macCrew();
    await other.queue('1', 'film/color', macs);
    await other.settle();
    const { get } = other.store.open;
    let first = true;
    other.store.open.get = async (...key) => {
      const found = await get(...key);
      if (!first) return found;
      first = false;
      await other.begin('1');
      await other.end('1');
      await other.minutes(14);
      return found;
    };
    const failure = { proof: `proof of ${id}`, why: 'no disk is left' };
    await other.call('progress', { builder: id, launch: 'mac-2', key: keyOf('x'), busy: false, failure });
    expect(await other.mac()).toMatchObject({ phase: 'booting', turn: 2 });
  });
});

describe('a word that comes in between', () => {
  it('`finished` that arrives in the next turn, though it was read in its own, changes nothing', async () => {
    const other = macCrew();
    await other.queue('1', 'film/color', macs);
    await other.settle();
    await other.begin('1');
    const { get } = other.store.open;
    let first = true;
    other.store.open.get = async (...key) => {
      const found = await get(...key);
      if (!first) return found;
      first = false;
      await other.end('1');
      await other.minutes(14);
      return found;
    };
    const late = { builder: id, launch: 'mac-2', key: keyOf(`${id} 0`), exitCode: 0 };
    expect(await other.call('finished', late)).toEqual(refused);
    expect(await other.mac()).toMatchObject({ phase: 'booting', turn: 2 });
  });

  it('a heartbeat of a job that is over makes nothing busy', async () => {
    expect(await film.says('progress', { busy: true })).toMatchObject({ body: { next: 'continue' } });
    expect(await film.mac()).toMatchObject({ phase: 'resetting' });
    const about = { repository: 'film/color', runId: '91', runAttempt: 1, job: 'build' };
    expect(await film.says('job', about)).toMatchObject({ body: { allow: false } });
  });

  it('nor does one of a machine that never had any', async () => {
    const other = macCrew();
    await other.queue('1', 'film/color', macs);
    await other.settle();
    await other.asks();
    await other.says('finished', { exitCode: 0 });
    await other.says('progress', { busy: true });
    expect(await other.mac()).toMatchObject({ phase: 'resetting', why: 'the runner ended without a job' });
    expect((await other.mac()).startedAt).toBeUndefined();
  });
});

describe('the hook on a machine that was reset', () => {
  /** The machine has claimed for a job of film/color. */
  beforeEach(async () => {
    await film.minutes(13);
    await film.queue('2', 'film/color', macs);
    await film.settle();
    await film.asks();
  });

  const hook = (repository: string, runId: string) =>
    film.says('job', { repository, runId, runAttempt: 1, job: 'build' });

  it('lets a trusted job of its repository begin', async () => {
    expect(await hook('film/color', '92')).toMatchObject({ body: { allow: true } });
  });

  it('refuses a job of another repository, in words', async () => {
    await film.queue('3', 'film/volume', macs);
    expect(await hook('film/volume', '93')).toMatchObject({
      body: { allow: false, why: expect.stringContaining('it takes jobs of that repository only') },
    });
  });

  it('refuses an untrusted job of its repository, though the pool would serve it', async () => {
    const { mac } = film.ports.config.pools;
    if (mac) film.ports.config.pools.mac = { ...mac, trustedOnly: false };
    const { color } = film.ports.config.projects;
    if (color) film.ports.config.projects.color = { ...color, forks: 'github-approved' };
    await film.queue('3', 'film/color', macs, { event: 'pull_request', headRepositoryId: '2' });
    expect(await hook('film/color', '93')).toMatchObject({
      body: { allow: false, why: expect.stringContaining('it takes trusted jobs only') },
    });
  });
});

describe('a machine that is not fit for work', () => {
  const failure = { proof: `proof of ${id}`, why: 'no disk space left' };

  it('is ended, and the second in a row leaves its host alone for an hour', async () => {
    const other = macCrew({ maximum: 1 });
    other.macs.trouble.scrubMs = 10 * minute;
    await other.queue('1', 'film/color', macs);
    await other.settle();
    for (let nth = 0; nth < 2; nth += 1) {
      const { id: own } = await other.mac();
      await other.says('progress', { busy: false, failure: { ...failure, proof: `proof of ${own}` } });
      expect((await other.host()).restsUntil).toBe(
        nth === 0 ? undefined : other.ports.clock.now() + 60 * minute,
      );
      await other.minutes(14);
    }
    expect(other.macs.machines.size).toBe(0);
    await other.minutes(60);
    expect(other.macs.machines.size).toBe(1);
  });
});
