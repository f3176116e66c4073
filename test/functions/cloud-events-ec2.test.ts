// EC2's events through their handler: they come for every instance of the account, and few of them are ours.
import { describe, expect, it } from 'vitest';
import {
  type CloudEvent,
  createCloudEvents,
  readBySource,
} from '../../functions/cloud-events/cloud-events.ts';
import { codeBuildEvents } from '../../functions/cloud-events/codebuild.ts';
import { ec2Events } from '../../functions/cloud-events/ec2.ts';
import { ec2Crew, instance, interruption, stateChange } from './ec2-crew.ts';

const b = instance();
const stranger = 'i-1234567890abcdef0';

/** A machine of pool `gpu` boots. */
async function stage() {
  const film = ec2Crew();
  await film.queue('1', 'film/color');
  await film.pass();
  film.rings.length = 0;
  film.lines.length = 0;
  return film;
}

describe('a change of an instance of ours', () => {
  it.each(['shutting-down', 'terminated', 'stopping', 'stopped'])(
    'to %s makes its builder gone, says so, and rings',
    async (state) => {
      const film = await stage();
      await film.becomes(b, state);
      expect(await film.builder(b)).toMatchObject({ phase: 'gone', why: `its instance is ${state}` });
      expect(film.rings).toEqual(['gpu']);
    },
  );

  it.each(['pending', 'running'])('to %s is ignored', async (state) => {
    const film = await stage();
    await film.becomes(b, state);
    expect((await film.builder(b)).phase).toBe('booting');
    expect(film.rings).toEqual([]);
  });

  it('told twice rings once', async () => {
    const film = await stage();
    await film.becomes(b, 'shutting-down');
    await film.becomes(b, 'terminated');
    expect((await film.builder(b)).why).toBe('its instance is shutting-down');
    expect(film.rings).toEqual(['gpu']);
    expect(film.lines).toMatchObject([
      { unit: 'cloud-event', outcome: 'ended', builder: b },
      { unit: 'cloud-event', outcome: 'ignored' },
    ]);
  });

  it('that another region has forwarded counts as well', async () => {
    const film = await stage();
    await film.hears({ ...stateChange(b, 'terminated'), resources: [] });
    expect((await film.builder(b)).phase).toBe('gone');
  });
});

describe('a warning', () => {
  it('is written down with its time, and rings', async () => {
    const film = await stage();
    await film.hears(interruption(b, { time: '2026-11-21T11:59:58Z' }));
    expect(await film.builder(b)).toMatchObject({
      phase: 'booting',
      interruptedAt: Date.UTC(2026, 10, 21, 11, 59, 58),
    });
    expect(film.rings).toEqual(['gpu']);
  });

  it('told twice, or after the end, is no news', async () => {
    const film = await stage();
    await film.warns(b);
    await film.warns(b);
    await film.becomes(b, 'terminated');
    await film.warns(b);
    expect(film.rings).toEqual(['gpu', 'gpu']);
  });
});

describe('an instance that has no record', () => {
  it.each<[string, CloudEvent]>([
    ['that ends', stateChange(stranger, 'terminated')],
    ['that is taken back', interruption(stranger)],
  ])('%s costs one look at each pool on EC2; nothing is written, and nobody rings', async (_, event) => {
    const film = await stage();
    const before = JSON.stringify(await film.store.open.read('gpu'));
    const looks: string[] = [];
    const ports = {
      ...film.ports,
      open: {
        ...film.ports.open,
        get: (...key: Parameters<typeof film.ports.open.get>) => {
          looks.push(key.join(' '));
          return Promise.resolve(undefined);
        },
      },
    };
    await createCloudEvents(ports, ec2Events(film.ports.config))(event);
    expect(looks).toEqual([`gpu builder ${stranger}`]);
    expect(JSON.stringify(await film.store.open.read('gpu'))).toBe(before);
    expect(film.rings).toEqual([]);
    expect(film.lines).toEqual([
      expect.objectContaining({ outcome: 'ignored', why: 'it is no news of a builder of ours' }),
    ]);
  });
});

describe('an event', () => {
  const words = { 'instance-id': `${b}; hunter2`, state: 'terminated' };

  it.each<[string, CloudEvent, string]>([
    ['from a region without builders', stateChange(b, 'terminated', { region: 'eu-west-1' }), 'its region'],
    ['from a region of any name', stateChange(b, 'terminated', { region: 'constructor' }), 'its region'],
    ['from another source', stateChange(b, 'terminated', { source: 'callsheet.local' }), 'not of EC2'],
    ['of another kind', stateChange(b, 'terminated', { 'detail-type': 'EC2 Fleet Error' }), 'not used'],
    ['with a state that EC2 has not', stateChange(b, 'hunter2'), 'not that of an instance'],
    ['with any words for an instance', stateChange(b, '', { detail: words }), 'not that of an instance'],
    [
      'whose warning names none',
      interruption(b, { detail: { words: 'hunter2' } }),
      'not that of an instance',
    ],
    ['that is nothing', stateChange(b, '', { detail: null }), 'not that of an instance'],
  ])('%s is ignored, and one line says why', async (_, event, why) => {
    const film = await stage();
    const before = JSON.stringify(await film.store.open.read('gpu'));
    await film.hears(event);
    expect(JSON.stringify(await film.store.open.read('gpu'))).toBe(before);
    expect(film.rings).toEqual([]);
    expect(film.lines).toEqual([
      expect.objectContaining({ outcome: 'ignored', why: expect.stringContaining(why) }),
    ]);
    expect(JSON.stringify(film.lines)).not.toContain('hunter2');
  });

  it('is read as its cloud does, by its source', async () => {
    const film = await stage();
    const read = readBySource({
      'aws.codebuild': codeBuildEvents('test'),
      'aws.ec2': ec2Events(film.ports.config),
    });
    const why = (source: string) => read({ ...stateChange(b, 'terminated'), source });
    expect(why('aws.ec2')).toMatchObject({ kind: 'ended' });
    expect(why('aws.codebuild')).toMatchObject({ why: 'its detail is not that of a build' });
    expect(why('constructor')).toMatchObject({ why: 'its source is not used' });
  });
});
