// The bundles of the functions: each loads by itself, and carries nothing of this computer or of the tests.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { bundleFunctions, functionNames } from '../../infra/aws/bundle.ts';
import { filmConfig } from './stage.ts';

const folder = mkdtempSync(join(tmpdir(), 'callsheet-bundles-'));
afterAll(() => rmSync(folder, { recursive: true }));
const sources = await bundleFunctions(folder, filmConfig());

const textOf = (name: string): string =>
  readdirSync(join(folder, name))
    .map((file) => readFileSync(join(folder, name, file), 'utf8'))
    .join('\n');

const environment = {
  OPEN_TABLE: 'open',
  HISTORY_TABLE: 'history',
  QUEUE_URL: 'https://sqs.example/rings.fifo',
  AWS_REGION: 'us-east-1',
  WEBHOOK_SECRETS_PARAMETER: '/webhook-secrets',
  APP_KEY_PARAMETER: '/app-key',
  BUILDER_SECRET_PARAMETER: '/builder-secret',
  API_TOKEN_PARAMETER: '/api-token',
  PUBLIC_URL: 'https://api.example',
  ACCOUNT_ID: '111122223333',
};

const load = 'const { handler } = await import(process.argv[1]); process.stdout.write(typeof handler);';

describe('the bundle of', () => {
  it.each(functionNames)(
    '%s loads where nothing is installed, and has its handler',
    { timeout: 60_000 },
    async (name) => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--input-type=module', '--eval', load, join(folder, name, 'index.mjs')],
        { cwd: folder, env: environment },
      );
      expect(stdout).toBe('function');
    },
  );

  it.each(functionNames)('%s has no route of npm start', (name) => {
    expect(textOf(name).includes('/local/')).toBe(false);
  });
});

describe('the bundles', () => {
  it('are made of functions and what they share', () => {
    expect(sources.filter((path) => /^(infra|test)\//.test(path))).toEqual([]);
    expect(sources.filter((path) => path.startsWith('shared/providers/local/'))).toEqual([]);
    for (const name of functionNames) expect(sources).toContain(`functions/${name}/index.ts`);
  });

  it.each(['@cloud-copilot', 'emulate', 'hono', 'dynalite', 'aws-cdk-lib', '@aws-sdk/client-ssm'])(
    'carry nothing of %s',
    (name) => {
      expect(sources.filter((path) => path.includes(`node_modules/${name}`))).toEqual([]);
    },
  );

  it('know the configuration as the cloud has it', () => {
    for (const name of functionNames) {
      expect(/provider"?:\s*["'`]local/.test(textOf(name))).toBe(false);
    }
    expect(textOf('dispatcher').includes('aswf/ci-ocio:2025')).toBe(true);
  });
});
