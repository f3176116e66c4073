// The webhook as Lambda loads it, against a stand-in for AWS that answers over HTTP.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseEnvironment, webhookEnvironment } from '../../shared/contract/environment.ts';
import { runnerName } from '../../shared/contract/names.ts';
import { freshBuilder } from '../../shared/operations/record.ts';
import { config } from '../../shared/runtime/config.ts';
import { freshFor } from '../../shared/runtime/fresh.ts';
import { recordFacts, webhookRuntime } from '../../shared/runtime/webhook.ts';
import { memoryStore } from '../store/memory.ts';
import { delivery, sign } from './deliveries.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const end of ends.splice(0)) end();
});

/** Answers each call by `answer` (undefined: no such thing), and sets the environment that points to it. */
async function standInForAws(answer: (target: string) => object | undefined) {
  const calls: { target: string; body: unknown }[] = [];
  const server = createServer(async (request, response) => {
    const target = String(request.headers['x-amz-target']);
    calls.push({ target, body: await json(request) });
    const found = answer(target);
    response.statusCode = found ? 200 : 400;
    response.end(JSON.stringify(found ?? { __type: 'ParameterNotFound' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => server.close().closeAllConnections());
  const address = server.address();
  const environment = {
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    OPEN_TABLE: 'open',
    HISTORY_TABLE: 'history',
    QUEUE_URL: 'https://sqs/bell.fifo',
    WEBHOOK_SECRETS_PARAMETER: '/callsheet/webhook-secrets',
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  return { calls, environment };
}

const parameter = (value: string) => ({ Parameter: { Value: value } });

describe('functions/webhook/index.ts', () => {
  it('reads its secret, writes the job into the open table and rings its pool', async () => {
    const { calls } = await standInForAws((target) =>
      target.endsWith('Parameter') ? parameter('s3cret\n') : {},
    );
    const said = vi.spyOn(console, 'log').mockImplementation(() => {});
    ends.push(() => said.mockRestore());
    const { handler } = await import('../../functions/webhook/index.ts');
    const project = Object.values(config.projects)[0];
    const pool = project?.pools[0] ?? '';
    const job = {
      id: 7,
      run_id: 8,
      name: 'test',
      head_sha: 'abc',
      labels: [config.pools[pool]?.labels[0]],
      created_at: new Date().toISOString(),
    };
    const event = delivery('workflow_job', {
      action: 'queued',
      repository: { full_name: project?.repositories[0] },
      workflow_job: job,
    });
    event.headers['x-hub-signature-256'] = sign(event.body ?? '', 's3cret');
    expect(await handler(event)).toMatchObject({
      statusCode: 202,
      body: JSON.stringify({ accepted: true, pool }),
    });
    expect(calls).toMatchObject([
      {
        target: 'AmazonSSM.GetParameter',
        body: { Name: '/callsheet/webhook-secrets', WithDecryption: true },
      },
      { target: 'DynamoDB_20120810.PutItem', body: { TableName: 'open' } },
      { target: 'AmazonSQS.SendMessage', body: { QueueUrl: 'https://sqs/bell.fifo', MessageGroupId: pool } },
    ]);
    expect(said).toHaveBeenCalledOnce();
    expect(said.mock.calls.join()).toContain('"outcome":"accepted"');
  });
});

describe('recordFacts', () => {
  it('writes a job without our labels onto the builder that its runner spells, and rings', async () => {
    const { open, history } = memoryStore();
    const rung: string[] = [];
    const bell = { ring: async (pool: string) => void rung.push(pool) };
    const ports = { open, history, bell, clock: { now: () => 1000, sleep: async () => {} } };
    const pool = Object.keys(config.pools)[0] ?? '';
    const machine = { pool, id: 'b1', launch: '1', provider: 'local' };
    const runner = runnerName(config.installation, 'b1', 1, 1);
    await open.put({ ...freshBuilder(machine, { rung: 0, usdPerHour: 0 }, 0), phase: 'ready', runner });
    await recordFacts(ports, config).foreign({
      id: '7',
      phase: 'running',
      repository: 'acme/demo',
      labels: ['linux'],
      name: 'test',
      runId: '8',
      runAttempt: 1,
      headSha: 'abc',
      queuedAt: 0,
      runner,
    });
    const builder = await open.get(pool, 'builder', 'b1');
    expect(builder?.foreign).toEqual({ job: '7', repository: 'acme/demo' });
    expect(rung).toEqual([pool]);
  });
});

describe('the secrets', () => {
  const answers = (...values: (string | undefined)[]) => {
    const queue = [...values];
    return () => {
      const value = queue.shift();
      return value === undefined ? undefined : parameter(value);
    };
  };

  it('are one or two, each on a line, and read once', async () => {
    const { calls, environment } = await standInForAws(answers(' new \nold\n'));
    const { secrets } = webhookRuntime(environment, config);
    expect(await Promise.all([secrets(), secrets()])).toEqual([
      ['new', 'old'],
      ['new', 'old'],
    ]);
    expect(await secrets()).toEqual(['new', 'old']);
    expect(calls).toHaveLength(1);
  });

  it('are read again after a failure', async () => {
    const { environment } = await standInForAws(answers(undefined, 'found'));
    const { secrets } = webhookRuntime(environment, config);
    await expect(secrets()).rejects.toThrow(
      'the SSM parameter /callsheet/webhook-secrets does not exist: `npm run secrets` creates it',
    );
    expect(await secrets()).toEqual(['found']);
  });

  it.each(['\n', 'a\nb\nc'])('are refused, without being told, as %j', async (value) => {
    const { environment } = await standInForAws(answers(value));
    await expect(webhookRuntime(environment, config).secrets()).rejects.toThrow(
      "the SSM parameter /callsheet/webhook-secrets must hold the webhook's secret, or two: one on each line",
    );
  });
});

describe('freshFor', () => {
  it('loads again when the time is up, and not before', async () => {
    let now = 0;
    let loads = 0;
    const fresh = freshFor(
      1000,
      async () => ++loads,
      () => now,
    );
    const seen: number[] = [];
    for (now of [0, 999, 1000, 1999, 2000]) seen.push(await fresh());
    expect(seen).toEqual([1, 1, 2, 2, 3]);
  });
});

describe('the environment', () => {
  it('names every setting that is missing or empty', () => {
    const some = { OPEN_TABLE: 'open', HISTORY_TABLE: '', AWS_REGION: 'eu-west-1' };
    expect(() => parseEnvironment(webhookEnvironment, some)).toThrow(
      "the function's environment lacks HISTORY_TABLE, QUEUE_URL, WEBHOOK_SECRETS_PARAMETER",
    );
  });
});
