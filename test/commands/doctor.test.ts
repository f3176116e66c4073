// `npm run doctor`, as an admin sees it: what is wrong and its remedy, and what could not be asked.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import { verifySignature } from '../../shared/github/signature.ts';
import { configuration } from './configuration.ts';
import { type Desk, type DeskOptions, desk, row, type Shown } from './desk.ts';
import { type Organization, organization } from './organization.ts';
import { receiptsApi } from './receipts-api.ts';

const permissions = {
  metadata: 'read',
  actions: 'write',
  checks: 'write',
  administration: 'write',
  organization_self_hosted_runners: 'write',
};
const app = { slug: 'callsheet', permissions, events: ['workflow_job'] };
const installation = (id: number, login: string) => ({
  id,
  account: { login },
  suspended_at: null,
  permissions,
  events: ['workflow_job'],
});
const approval = (name: string) => `GET /repos/${name}/actions/permissions/fork-pr-contributor-approval`;

interface Room extends Desk {
  own: Organization;
  /** The webhook's address. `answers`: what it answers instead of judging signatures. */
  webhook: { url: string; answers?: number };
}

/** Everything is as it should be, until a test changes it. */
async function room(options: DeskOptions = {}): Promise<Room> {
  const at = await desk(options);
  const webhook = await startWebhook(at);
  const own = organization(at.github);
  own.groups = [
    {
      id: 1,
      name: 'callsheet-ocio',
      visibility: 'selected',
      allowsPublic: true,
      repositories: ['aswf/OpenColorIO'],
    },
    {
      id: 2,
      name: 'osl',
      visibility: 'selected',
      allowsPublic: true,
      repositories: ['aswf/OSL', 'aswf/osl-tests'],
    },
  ];
  const { github, aws } = at;
  github.on('GET /app', { body: app });
  github.on('GET /app/installations', { body: [installation(11, 'ASWF'), installation(12, 'solo')] });
  github.on('POST /app/installations/12/access_tokens', {
    status: 201,
    body: { token: 'ghs_12', expires_at: new Date(Date.now() + 3_600_000).toISOString() },
  });
  github.on('GET /repos/solo/one', { body: { id: 201, full_name: 'solo/one' } });
  for (const name of ['aswf/OSL', 'aswf/osl-tests']) {
    github.on(approval(name), { body: { approval_policy: 'all_external_contributors' } });
  }
  github.on('GET /app/hook/config', { body: { url: webhook.url, content_type: 'json', insecure_ssl: '0' } });
  github.on('GET /app/hook/deliveries', { body: [] });
  aws.outputs = { WebhookUrl: webhook.url, ApiUrl: (await receiptsApi(at)).url };
  aws.quotas = {
    codebuild: {
      'Build projects': 5000,
      'L-F1FE1B52 Concurrently running builds for Linux GPU Small environment': 4,
      'Concurrently running builds for Linux/Large environment': 20,
    },
    lambda: { 'L-B99A9384 Concurrent executions': 1000 },
  };
  return { ...at, own, webhook };
}

/** A webhook that knows the secrets that are in SSM. */
async function startWebhook({ aws }: Desk): Promise<Room['webhook']> {
  const webhook: Room['webhook'] = { url: '' };
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const secrets = aws.parameters.get('/callsheet/test/webhook-secrets')?.value.split('\n') ?? [];
    const verdict = await verifySignature(secrets, body, String(request.headers['x-hub-signature-256']));
    const isPing = request.headers['x-github-event'] === 'ping' && request.url === '/github/webhooks';
    response.statusCode = webhook.answers ?? (verdict !== 'good' ? 401 : isPing ? 202 : 404);
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const { port } = z.parse(z.object({ port: z.number() }), server.address());
  webhook.url = `http://127.0.0.1:${port}/github/webhooks`;
  return webhook;
}

/** State and words of a check. */
function said(shown: Shown, check: string): string {
  const [state, , found] = row(shown, check, 1);
  return `${state}: ${found}`;
}

describe('doctor', () => {
  it('finds that all is well', async () => {
    const { run, keyFile } = await room();
    await run('secrets', '--app-key', keyFile);
    const shown = await run('doctor');
    expect(shown).toMatchObject({ code: 0, err: '' });
    expect(shown.out).toContain('No check fails.');
    expect(shown.out).not.toMatch(/^(warn|fail|skipped) /m);
    for (const check of [
      'clock',
      'app permissions',
      'installation solo',
      'runner group of osl',
      'deliveries',
      'receipts',
    ]) {
      expect(said(shown, check)).toMatch(/^ok: /);
    }
    expect(said(shown, 'webhook takes GitHub')).toBe('ok: answered 202 to a signed ping');
    expect(said(shown, 'webhook refuses others')).toBe('ok: answered 401 to a wrong signature');
    expect(said(shown, 'quota CodeBuild Linux GPU Small')).toBe('ok: 4 at once, the pools want up to 4');
  });

  it('does without AWS and without a key what it can, and skips the rest', async () => {
    const { run, webhook } = await room({ environment: {} });
    const shown = await run('doctor', '--url', new URL(webhook.url).origin);
    expect(shown.code).toBe(0);
    expect(said(shown, 'clock')).toMatch(/^ok/);
    expect(said(shown, 'labels')).toMatch(/^ok/);
    expect(said(shown, 'webhook refuses others')).toMatch(/^ok/);
    expect(said(shown, 'app')).toBe('skipped: no private key of the App');
    expect(said(shown, 'secrets')).toBe('skipped: no AWS credentials');
    expect(said(shown, 'quota Lambda')).toBe('skipped: no AWS credentials');
    expect(shown.out.match(/sign in, and set AWS_PROFILE/g)).toHaveLength(1);
  });

  it('works with a key and without AWS', async () => {
    const { run, webhook, keyFile } = await room({ environment: {} });
    const shown = await run('doctor', '--url', webhook.url, '--app-key', keyFile);
    expect(shown.code).toBe(0);
    expect(said(shown, 'webhook url')).toMatch(/^ok/);
    expect(said(shown, 'runner group of ocio')).toMatch(/^ok/);
    expect(said(shown, 'webhook takes GitHub')).toMatch(/^skipped/);
  });

  it('refuses an address or a key file that is none', async () => {
    const { run } = await room();
    expect(await run('doctor', '--url', 'callsheet')).toMatchObject({ code: 2, out: '' });
    expect(await run('doctor', '--app-key', '/nowhere/app.pem')).toMatchObject({ code: 1, out: '' });
  });

  it('keeps to itself the check that fails', async () => {
    const { run, keyFile, github, aws } = await room();
    await run('secrets', '--app-key', keyFile);
    github.on('GET /app', { body: { permissions: 7 } });
    aws.refuse('ListServiceQuotas', 'AccessDeniedException');
    aws.refuse('DescribeStacks', 'InternalFailure');
    const shown = await run('doctor');
    expect(shown.code).toBe(1);
    expect(said(shown, 'app')).toMatch(/^fail: GET \/app: cannot read GitHub's answer/);
    expect(said(shown, 'quota Lambda')).toMatch(/^skipped: these AWS credentials may not/);
    expect(said(shown, 'webhook')).toMatch(/^fail: cloudformation:DescribeStacks: AWS did not do it/);
    expect(said(shown, 'installation aswf')).toMatch(/^ok/);
  });
});

describe('doctor at GitHub', () => {
  it('finds what the App lacks, and where it is not installed', async () => {
    const { run, keyFile, github } = await room();
    const { actions: _, ...less } = permissions;
    github.on('GET /app', { body: { ...app, permissions: { ...less, contents: 'write' }, events: [] } });
    github.on('GET /app/installations', {
      body: [
        { ...installation(11, 'aswf'), permissions: less },
        { ...installation(12, 'solo'), suspended_at: '2026-11-21T12:00:00Z' },
      ],
    });
    const shown = await run('doctor', '--app-key', keyFile);
    expect(shown.code).toBe(1);
    expect(said(shown, 'app permissions')).toBe('fail: lacks actions: write');
    expect(said(shown, 'app events')).toBe('fail: does not get workflow_job');
    expect(said(shown, 'installation aswf')).toBe('fail: has not accepted actions: write');
    expect(said(shown, 'installation solo')).toBe('fail: is suspended');
  });

  it('finds installations that are missing or of somebody else, and rights that nobody needs', async () => {
    const { run, keyFile, github } = await room();
    github.on('GET /app', { body: { ...app, permissions: { ...permissions, contents: 'write' } } });
    github.on('GET /app/installations', { body: [installation(12, 'stranger'), installation(99, 'aswf')] });
    const shown = await run('doctor', '--app-key', keyFile);
    expect(said(shown, 'app permissions')).toBe('warn: has more than it needs: contents: write');
    expect(said(shown, 'installation aswf')).toContain('fail: the App has no installation 11');
    expect(shown.out).toContain("-> write '99' there");
    expect(said(shown, 'installation solo')).toBe("fail: installation 12 is in 'stranger'");
  });

  it('finds wrong settings of the webhook, failed deliveries, and a clock that is off', async () => {
    const { run, keyFile, github } = await room();
    github.on('GET /app/hook/config', {
      body: { url: 'https://old', content_type: 'form', insecure_ssl: '1' },
    });
    const failed = {
      id: 1,
      guid: 'a',
      delivered_at: new Date().toISOString(),
      status: 'failed',
      status_code: 503,
    };
    github.on('GET /app/hook/deliveries', { body: [failed] });
    github.on('GET /rate_limit', { headers: { date: new Date(Date.now() - 45_000).toUTCString() } });
    const shown = await run('doctor', '--app-key', keyFile);
    expect(said(shown, 'webhook url')).toBe('fail: GitHub delivers to https://old');
    expect(said(shown, 'webhook settings')).toBe("fail: content type 'form'");
    expect(said(shown, 'deliveries')).toBe('warn: failed in a day: 1');
    expect(said(shown, 'clock')).toMatch(/^warn: 4[456] s/);
    github.on('GET /rate_limit', { headers: { date: new Date(Date.now() - 90_000).toUTCString() } });
    expect(said(await run('doctor', '--app-key', keyFile), 'clock')).toMatch(/^fail: /);
  });

  it('finds groups, repositories, fork settings and larger runners that are in the way', async () => {
    const { run, keyFile, github, own } = await room();
    own.groups = [
      {
        id: 1,
        name: 'Default',
        visibility: 'all',
        allowsPublic: true,
        repositories: [],
        largerRunners: ['ubuntu-22.04-8c-32g-300h'],
      },
      { id: 2, name: 'osl', visibility: 'all', allowsPublic: true, repositories: [] },
    ];
    github.on(approval('aswf/OSL'), { body: { approval_policy: 'first_time_contributors' } });
    github.on('GET /repos/aswf/OpenColorIO', { status: 404, body: { message: 'Not Found' } });
    github.on('GET /repos/solo/one', { body: { id: 201, full_name: 'solo/two' } });
    const shown = await run('doctor', '--app-key', keyFile);
    expect(shown.code).toBe(1);
    expect(said(shown, 'runner group of ocio')).toMatch(/^fail: callsheet-ocio: create the group/);
    expect(said(shown, 'runner group of osl')).toMatch(/^fail: osl: show it to selected repositories only/);
    expect(said(shown, 'fork approval aswf/OSL')).toMatch(/^fail: not required for all/);
    expect(said(shown, 'fork approval aswf/osl-tests')).toMatch(/^ok/);
    expect(said(shown, 'larger runners aswf')).toMatch(/^warn: 'ubuntu-22.04-8c-32g-300h' of pool linux-xl/);
    expect(said(shown, 'repository aswf/OpenColorIO')).toMatch(/^fail: GitHub answered 404/);
    expect(said(shown, 'repository solo/one')).toBe('fail: is now called solo/two');
  });
});

describe('doctor in AWS', () => {
  it('finds missing secrets, small quotas and a webhook that fails', async () => {
    const { run, keyFile, aws, webhook } = await room();
    await run('secrets', '--create');
    aws.quotas.codebuild = {
      'L-F1FE1B52 Concurrently running builds for Linux GPU Small environment': 0,
      'Concurrently running builds for Linux/Large environment': 5,
    };
    aws.quotas.lambda = { 'Concurrent executions': 10 };
    webhook.answers = 503;
    const shown = await run('doctor', '--app-key', keyFile);
    expect(shown.code).toBe(1);
    expect(said(shown, 'secret app-key')).toBe('fail: /callsheet/test/app-key is missing');
    expect(said(shown, 'secret token')).toMatch(/^ok/);
    expect(said(shown, 'quota CodeBuild Linux GPU Small')).toMatch(/^fail: 0 at once/);
    expect(said(shown, 'quota CodeBuild Linux/Large')).toMatch(/^warn: 5 at once, the pools want up to 20/);
    expect(said(shown, 'quota Lambda')).toMatch(/^warn: 10 functions at once/);
    expect(said(shown, 'webhook takes GitHub')).toBe('fail: answered 503 to a signed ping, not 202');
    expect(shown.out).toContain("-> its function fails: look at the function's log");
  });

  it('finds a webhook that takes anything, one that is not deployed, and pools without a rung', async () => {
    const local = { ...configuration.pools.gpu, ladder: [{ provider: 'local' }] };
    const pools = { ...configuration.pools, gpu: { ...local, aliases: ['ubuntu-latest'] } };
    const { run, webhook, aws } = await room({ configuration: { ...configuration, pools } });
    webhook.answers = 202;
    const open = await run('doctor', '--url', webhook.url);
    expect(said(open, 'webhook refuses others')).toBe('fail: answered 202 to a wrong signature, not 401');
    expect(said(open, 'ladder of gpu')).toMatch(/^warn: has no rung in the cloud/);
    expect(said(open, 'labels of gpu')).toMatch(/^fail: 'ubuntu-latest'/);
    aws.outputs = undefined;
    const none = await run('doctor');
    expect(said(none, 'webhook')).toBe('skipped: stack callsheet-test is not in this account and region');
  });
});
