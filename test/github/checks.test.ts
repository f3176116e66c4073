// Check runs: created once, found again after a lost answer, kept within GitHub's limits.
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { Doubt } from '../../shared/scheduler/ports.ts';
import { aCheck as check } from './samples.ts';
import { studio } from './studio.ts';

const createCall = 'POST /repos/aswf/ocio/check-runs';
const listCall = 'GET /repos/aswf/ocio/commits/ce587453ced02b1526dfb4cb910479d431683101/check-runs';

describe('a check run', () => {
  it('is created with what it has to say', async () => {
    const { server, checks } = await studio();
    server.on(createCall, { status: 201, body: '{"id":1152921504606846977,"external_id":"job-7-no-room"}' });
    expect(await checks.create(check, false)).toBe('1152921504606846977');
    expect(server.to(createCall)[0]?.body).toEqual({
      head_sha: check.headSha,
      external_id: 'job-7-no-room',
      name: 'callsheet / gpu',
      status: 'in_progress',
      output: { title: 'Waits for a machine', summary: 'All machines of the pool are busy.' },
    });
    expect(server.to(listCall)).toHaveLength(0);
  });

  it('that may exist is looked for, and created only if it does not', async () => {
    const { server, checks } = await studio();
    const runs = [
      { id: 3, external_id: 'somebody' },
      { id: 4, external_id: null },
      { id: 5, external_id: 'job-7-no-room' },
    ];
    server.on(listCall, { body: { total_count: 3, check_runs: runs } });
    server.on(createCall, { status: 201, body: { id: 6 } });
    expect(await checks.create(check, true)).toBe('5');
    expect(server.to(listCall)[0]?.query).toMatchObject({ check_name: 'callsheet / gpu', filter: 'all' });
    expect(await checks.create({ ...check, externalId: 'job-8-no-room' }, true)).toBe('6');
  });

  it('whose look-up fails is not created', async () => {
    const { server, checks } = await studio();
    server.on(listCall, { status: 502 });
    await expect(checks.create(check, true)).rejects.toThrow(Doubt);
    expect(server.to(createCall)).toHaveLength(0);
  });

  it('is updated with its conclusion', async () => {
    const { server, checks } = await studio();
    server.on('PATCH /repos/aswf/ocio/check-runs/5', { body: { id: 5 } });
    await checks.update('5', { ...check, status: 'completed', conclusion: 'neutral', title: 'Refused' });
    expect(server.requests.at(-1)?.body).toMatchObject({
      status: 'completed',
      conclusion: 'neutral',
      output: { title: 'Refused' },
    });
  });

  it('that GitHub does not take is a doubt in its words', async () => {
    const { server, checks } = await studio();
    server.on(createCall, { status: 422, body: { message: 'No commit found for SHA' } });
    await expect(checks.create(check, false)).rejects.toThrow('No commit found for SHA');
  });

  it("is cut to GitHub's limits, without half a character", async () => {
    const { server, checks } = await studio();
    server.on(createCall, { status: 201, body: { id: 6 } });
    await checks.create({ ...check, title: `x${'é'.repeat(300)}`, summary: 'é'.repeat(70_000) }, false);
    const output = z.object({ output: z.object({ title: z.string(), summary: z.string() }) });
    const sent = z.parse(output, server.to(createCall)[0]?.body).output;
    expect(sent).toEqual({ title: `x${'é'.repeat(127)}`, summary: 'é'.repeat(32_767) });
  });
});
