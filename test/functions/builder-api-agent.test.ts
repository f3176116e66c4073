// The agent as the builder API serves it: to anybody, whole, and packed into the bundle of the function.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBuilderApi } from '../../functions/builder-api/builder-api.ts';
import { bundleFunction } from '../../infra/aws/bundle.ts';
import { agentFiles } from '../../shared/agent/pack.ts';
import { stage } from '../operations/fakes.ts';
import { context, emptyEvent } from './crew.ts';

const root = new URL('../../', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'callsheet-agent-'));
afterAll(() => rmSync(folder, { recursive: true }));

const get = { ...emptyEvent, routeKey: 'GET /builders/agent', headers: {}, body: undefined };

describe('GET /builders/agent', () => {
  it('answers an archive that holds the files of the agent, and nothing else', async () => {
    const answer = await createBuilderApi(stage().ports)(get, context);
    expect(answer).toMatchObject({ statusCode: 200, isBase64Encoded: true });
    expect(answer.headers).toEqual({ 'content-type': 'application/gzip' });
    execFileSync('tar', ['-xzf', '-', '-C', folder], { input: Buffer.from(answer.body ?? '', 'base64') });
    expect(readdirSync(folder).sort()).toEqual([...agentFiles.ec2].sort());
    for (const name of agentFiles.ec2) {
      const own = readFileSync(join(root, 'shared/agent', name), 'utf8');
      expect(readFileSync(join(folder, name), 'utf8'), name).toBe(own);
    }
  });
});

describe('the bundle of the builder API', () => {
  const out = mkdtempSync(join(tmpdir(), 'callsheet-builder-api-'));
  afterAll(() => rmSync(out, { recursive: true }));
  let sources: string[] = [];
  beforeAll(async () => {
    sources = await bundleFunction(join(root, 'functions/builder-api/index.ts'), out);
  }, 60_000);

  it('has the agent in it, and not what packs it', () => {
    expect(sources).toContain('shared/runtime/agent.ts');
    expect(sources).not.toContain('shared/agent/pack.ts');
    const [archive = ''] = /H4sI[A-Za-z0-9+/=]{1000,}/.exec(atStart(out)) ?? [];
    expect(gunzipSync(Buffer.from(archive, 'base64')).toString('latin1')).toContain('platform-ec2.sh');
  });

  it('loads what reads identity documents, and the SDK of EC2, only when they are needed', () => {
    const marks = ['1.2.840.113549.1.7.2', '-----BEGIN CERTIFICATE-----', 'DescribeInstances'];
    const all = readdirSync(out).map((name) => readFileSync(join(out, name), 'utf8'));
    for (const mark of marks) {
      expect([mark, all.some((text) => text.includes(mark))]).toEqual([mark, true]);
      expect([mark, atStart(out).includes(mark)]).toEqual([mark, false]);
    }
  });
});

/** The text of `index.mjs` and of all chunks that are loaded with it. */
function atStart(out: string, name = 'index.mjs', seen = new Set<string>()): string {
  if (seen.has(name)) return '';
  seen.add(name);
  const text = readFileSync(join(out, name), 'utf8');
  const chunks = [...text.matchAll(/(?:from|import)\s*"(\.\/[\w.-]+\.mjs)"/g)].map(([, path = '']) => path);
  return text + chunks.map((path) => atStart(out, basename(path), seen)).join('\n');
}
