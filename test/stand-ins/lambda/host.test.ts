// The host of functions: events are handled at once, an environment is used again, errors are Lambda's.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { node } from '../../local/github/stage.ts';
import { lambdaHost } from './host.ts';

const code = `
import { existsSync } from 'node:fs';
let handled = 0;
export const handler = async (event) => {
  handled += 1;
  console.log(event.say ?? 'nothing');
  if (event.fail) throw new TypeError('no such thing');
  if (event.exit) process.exit(1);
  if (event.hang) await new Promise(() => {});
  while (event.until && !existsSync(event.until)) await new Promise((done) => setTimeout(done, 5));
  return { handled, names: Object.keys(process.env).filter((name) => !name.startsWith('NODE_')) };
};`;

async function stage(timeoutMs = 10_000) {
  const folder = mkdtempSync(join(tmpdir(), 'callsheet-lambda-'));
  const bundle = join(folder, 'index.mjs');
  writeFileSync(bundle, code);
  const lines: string[] = [];
  const say = (line: string): void => void lines.push(line);
  const host = await lambdaHost({ bundle, node, variables: { OWN: '1' }, memoryMiB: 256, timeoutMs, say });
  onTestFinished(async () => {
    await host.close();
    rmSync(folder, { recursive: true });
  });
  const invoke = async (event: object) => {
    const answer = await fetch(host.url, { method: 'POST', body: JSON.stringify(event) });
    return { status: answer.status, body: await answer.json() };
  };
  return { gate: join(folder, 'gate'), host, lines, invoke };
}

it('uses an environment again, which has the variables of its function only', async () => {
  const { host, lines, invoke } = await stage();
  await invoke({});
  expect(await invoke({ say: 'hello' })).toEqual({ status: 200, body: { handled: 2, names: ['OWN'] } });
  expect(host.environments()).toBe(1);
  expect(lines).toContain('hello');
});

it('handles events at once in environments of their own', async () => {
  const { gate, host, invoke } = await stage();
  const slow = invoke({ until: gate });
  await Promise.all([invoke({}), invoke({})]);
  expect(host.environments()).toBeGreaterThan(1);
  writeFileSync(gate, '');
  expect(await slow).toMatchObject({ status: 200, body: { handled: 1 } });
});

it('answers errors and ends as Lambda words them', async () => {
  const { invoke } = await stage();
  const error = { errorType: 'TypeError', errorMessage: 'no such thing' };
  expect(await invoke({ fail: true })).toEqual({ status: 500, body: error });
  expect(await invoke({ exit: true })).toMatchObject({ body: { errorType: 'Runtime.ExitError' } });
  expect(await invoke({})).toMatchObject({ status: 200, body: { handled: 1 } });
});

it('kills an environment whose time is up', async () => {
  const { host, invoke } = await stage(300);
  expect(await invoke({ hang: true })).toMatchObject({ body: { errorType: 'Sandbox.Timedout' } });
  await expect.poll(() => host.environments(), { timeout: 20_000 }).toBe(0);
});
