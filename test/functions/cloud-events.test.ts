// Cloud events through their handler: what a build's end means is recorded, everything else is ignored.
import { describe, expect, it } from 'vitest';
import { type CloudEvent, createCloudEvents } from '../../functions/cloud-events/cloud-events.ts';
import { codeBuildEvents } from '../../functions/cloud-events/codebuild.ts';
import { crew } from './crew.ts';

const b = 'cb-gpu-1-0';
const ticket = 'c0ffee'.repeat(11);
const state = 'CodeBuild Build State Change';
const phase = 'CodeBuild Build Phase Change';

const variable = (name: string, value: string) => ({ name, value, type: 'PLAINTEXT' });

/** The event of a build of ours that has failed; `more` replaces fields of its detail. */
const event = (
  type = state,
  more: object = {},
  { builder = b, launch = 'gpu-1', source = 'aws.codebuild', time = '2026-11-21T12:00:00Z' } = {},
): CloudEvent => ({
  version: '0',
  id: 'e',
  source,
  account: '111122223333',
  time,
  region: 'eu-west-1',
  resources: ['arn:aws:codebuild:eu-west-1:111122223333:build/callsheet-test-gpu-small:u'],
  'detail-type': type,
  detail: {
    'build-status': 'FAILED',
    'project-name': 'callsheet-test-gpu-small',
    'build-id': 'arn:aws:codebuild:eu-west-1:111122223333:build/callsheet-test-gpu-small:u',
    'additional-information': {
      environment: {
        'environment-variables': [
          variable('CALLSHEET_TICKET', ticket),
          variable('CALLSHEET_BUILDER', builder),
          variable('CALLSHEET_LAUNCH', launch),
        ],
      },
    },
    ...more,
  },
});

async function stage() {
  const film = crew();
  await film.queue('1', 'film/color');
  await film.pass();
  const started = await film.builder('memory-gpu-1-0');
  const queued = { ...started, version: 0, id: b, provider: 'codebuild' };
  await film.put({ ...queued, queueUntil: film.ports.clock.now() + 900_000 });
  film.rings.length = 0;
  film.lines.length = 0;
  return { ...film, hears: createCloudEvents(film.ports, codeBuildEvents('test')) };
}

describe('the end of a build', () => {
  it.each(['SUCCEEDED', 'FAILED', 'STOPPED', 'TIMED_OUT', 'FAULT', 'CLIENT_ERROR'])(
    'with %s makes its builder gone, says so, and rings',
    async (status) => {
      const film = await stage();
      await film.hears(event(state, { 'build-status': status }));
      expect(await film.builder(b)).toMatchObject({ phase: 'gone', why: `its build ended: ${status}` });
      expect(film.rings).toEqual(['gpu']);
    },
  );

  it('told twice, or after it was archived, is told once', async () => {
    const film = await stage();
    await film.hears(event());
    await film.hears(event(state, { 'build-status': 'STOPPED' }));
    const gone = await film.builder(b);
    expect(gone.why).toBe('its build ended: FAILED');
    await film.store.history.put(gone);
    await film.store.open.remove(gone);
    await film.hears(event());
    expect((await film.store.open.read('gpu')).builders.map(({ id }) => id)).not.toContain(b);
  });

  it('before its record makes an ended one, so that a late answer cannot bring it back', async () => {
    const film = await stage();
    await film.hears(event(state, {}, { builder: 'cb-gpu-1-7' }));
    expect(await film.builder('cb-gpu-1-7')).toMatchObject({ phase: 'gone', provider: 'codebuild' });
  });
});

describe('a build that leaves the queue', () => {
  const left = { 'completed-phase': 'QUEUED', 'completed-phase-status': 'SUCCEEDED' };

  it('boots from the time of the event', async () => {
    const film = await stage();
    await film.hears(event(phase, left));
    expect((await film.builder(b)).provisionedAt).toBe(Date.UTC(2026, 10, 21, 12));
    expect((await film.builder(b)).phase).toBe('booting');
  });

  it.each([
    { ...left, 'completed-phase-status': 'TIMED_OUT' },
    { ...left, 'completed-phase-status': 'CLIENT_ERROR' },
    { ...left, 'completed-phase': 'SUBMITTED' },
    { ...left, 'completed-phase': 'PROVISIONING' },
  ])('is not one that left another phase, or left it badly: %j', async (more) => {
    const film = await stage();
    await film.hears(event(phase, more));
    expect((await film.builder(b)).provisionedAt).toBeUndefined();
  });
});

const nothing = (name: string) => ({
  'additional-information': { environment: { 'environment-variables': [variable(name, b)] } },
});

describe('an event', () => {
  it.each<[string, CloudEvent, string]>([
    [
      'of another installation',
      event(state, { 'project-name': 'callsheet-tests-gpu-small' }),
      'another inst',
    ],
    ['of any other project', event(state, { 'project-name': 'nightly' }), 'another installation'],
    ['of another pool', event(state, { 'project-name': 'callsheet-test-xl-small' }), 'another pool'],
    ['from another source', event(state, {}, { source: 'callsheet.local' }), 'not of CodeBuild'],
    ['of another kind', event('CodeBuild Build Cache'), 'kind is not used'],
    ['of a build that goes on', event(state, { 'build-status': 'IN_PROGRESS' }), 'goes on'],
    ['without a status', event(state, { 'build-status': undefined }), 'no status'],
    ['with a status of any words', event(state, { 'build-status': `x ${ticket}` }), 'no status'],
    ['of a build started by hand', event(state, nothing('PATH')), 'no builder of a launch'],
    ['that names no launch', event(state, nothing('CALLSHEET_BUILDER')), 'no builder of a launch'],
    ['of a launch of ours and a strange builder', event(state, {}, { builder: 'x' }), 'no builder'],
    ['of a builder of another launch', event(state, {}, { builder: 'cb-gpu-12-0' }), 'no builder'],
    ['of no launch of ours', event(state, {}, { launch: 'GPU 1' }), 'no builder'],
    ['whose variables are nonsense', event(state, { 'additional-information': ticket }), 'not that of a'],
    ['that is nothing', { ...event(), detail: null }, 'not that of a build'],
  ])('%s is ignored, and the log says why', async (_, told, why) => {
    const film = await stage();
    const before = JSON.stringify(await film.store.open.read('gpu'));
    await film.hears(told);
    expect(JSON.stringify(await film.store.open.read('gpu'))).toBe(before);
    expect(film.rings).toEqual([]);
    expect(film.lines).toEqual([expect.objectContaining({ outcome: 'ignored' })]);
    expect(film.lines[0]?.why).toContain(why);
    expect(JSON.stringify(film.lines)).not.toContain(ticket);
  });

  it('that is ours leaves one line, without its detail', async () => {
    const film = await stage();
    await film.hears(event());
    expect(film.lines).toEqual([{ unit: 'cloud-event', event: state, outcome: 'gone', builder: b }]);
  });
});
