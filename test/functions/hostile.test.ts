// Hostile callers of the builder API: whatever they send is a 4xx that tells nothing, and changes nothing.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crew, facts, keyOf } from './crew.ts';

const b = 'memory-gpu-1-0';
const bounded = { seed: 20261121, numRuns: 100 };
const quiet = [
  { error: 'no such call' },
  { error: 'the body does not keep the contract of this call' },
  { error: 'refused' },
];
const paths = ['claim', 'job', 'progress', 'finished'];

async function stage() {
  const film = crew();
  await film.queue('1', 'film/color');
  await film.pass();
  const before = JSON.stringify(await film.store.open.read('gpu'));
  const unchanged = async () => expect(JSON.stringify(await film.store.open.read('gpu'))).toBe(before);
  return { ...film, unchanged };
}

describe('the builder API', () => {
  it.each([
    'constructor',
    '__proto__',
    'toString',
    '$default',
    'GET /builders/claim',
    'POST /builders/Claim',
  ])('has no call %s', async (routeKey) => {
    const film = await stage();
    expect(await film.raw({ routeKey, body: '{}' })).toEqual({
      status: 404,
      body: { error: 'no such call' },
    });
  });

  it.each([
    ['no JSON', '{"builder":', 422],
    ['nothing', undefined, 400],
    ['a JSON null', 'null', 400],
    ['a list', '[]', 400],
  ])('answers a body that is %s with 4xx', async (_, body, status) => {
    const film = await stage();
    for (const path of paths) {
      const answer = await film.raw({ routeKey: `POST /builders/${path}`, body });
      expect(answer.status, path).toBeGreaterThanOrEqual(400);
      expect(answer.status, path).toBeLessThan(500);
      if (status === 400)
        expect(answer.body).toEqual(expect.not.objectContaining({ next: expect.anything() }));
    }
    await film.unchanged();
  });

  it('answers a body of another type with 4xx', async () => {
    const film = await stage();
    const headers = { 'content-type': 'text/plain' };
    expect((await film.raw({ headers, body: 'x' })).status).toBe(415);
  });

  it('survives any JSON', async () => {
    const film = await stage();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.jsonValue(), async (path, body) => {
        const answer = await film.call(path, body);
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.status).toBeLessThan(500);
        expect(quiet).toContainEqual(answer.body);
      }),
      bounded,
    );
    await film.unchanged();
  });

  const good = {
    builder: b,
    launch: 'gpu-1',
    key: keyOf(b),
    proof: 'x',
    facts,
    busy: true,
    repository: 'film/color',
    runId: '91',
    runAttempt: 1,
    job: 'build',
    exitCode: 0,
    failure: { proof: 'x', why: 'y' },
  };

  it('survives a good body with one field replaced by anything', async () => {
    const film = await stage();
    const field = fc.constantFrom(...Object.keys(good));
    const value = fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.constant('x'.repeat(9000)),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), field, value, async (path, name, other) => {
        const answer = await film.call(path, { ...good, [name]: other });
        expect([400, 403]).toContain(answer.status);
        expect(quiet).toContainEqual(answer.body);
      }),
      bounded,
    );
    await film.unchanged();
  });

  it.each([1e300, 1e-200, 0.5, -1])('takes %d for no number of its contract', async (odd) => {
    const film = await stage();
    const gpu = { name: 'T4', driver: '570.1', memoryMiB: odd, computeCapability: '7.5' };
    const calls = [
      ['claim', { facts: { ...facts, bootSeconds: odd } }],
      ['claim', { facts: { ...facts, gpus: [gpu] } }],
      ['job', { runAttempt: odd }],
      ['finished', { exitCode: odd }],
    ] as const;
    for (const [path, more] of calls) {
      const answer = await film.call(path, { ...good, proof: `proof of ${b}`, ...more });
      expect(answer, JSON.stringify(more)).toEqual({ status: 400, body: quiet[1] });
    }
    await film.unchanged();
  });

  it.each([
    ['../../x', 'gpu-1'],
    [b, 'constructor-1'],
    [b, '-1'],
    [b, 'gpu-1#x'],
    ['job#1', 'gpu-1'],
    [b.toUpperCase(), 'gpu-1'],
  ])('finds no record for builder %s of launch %s', async (builder, launch) => {
    const film = await stage();
    for (const path of paths) {
      const { status } = await film.call(path, { ...good, proof: `proof of ${builder}`, builder, launch });
      expect([400, 403]).toContain(status);
    }
    await film.unchanged();
  });

  it('takes a key of our hash for no key', async () => {
    const film = await stage();
    await film.claim(b);
    const { keyHash } = await film.builder(b);
    expect((await film.progress(b, true, { key: keyHash })).status).toBe(403);
  });
});
