// Signed deliveries as API Gateway hands them over, and a webhook whose ports are watched.
import { createHmac } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { createWebhook } from '../../functions/webhook/webhook.ts';
import { parseConfig } from '../../shared/policy/schema.ts';
import type { JobFact, Seat } from '../../shared/scheduler/observe.ts';

export const secret = "It's a Secret to Everybody";

export const config = parseConfig({
  installation: 'test',
  github: { appId: '1', installations: { Codertocat: '3456996', acme: '77' } },
  pools: {
    gpu: { labels: ['gpu'], os: 'linux', arch: 'x64', ladder: [{ provider: 'local' }], maximum: 4 },
    takeover: {
      labels: ['takeover'],
      aliases: ['ubuntu-latest'],
      os: 'linux',
      arch: 'x64',
      ladder: [{ provider: 'local' }],
      maximum: 4,
    },
  },
  projects: {
    demo: { repositories: ['acme/demo'], pools: ['gpu'] },
    hello: { repositories: ['Codertocat/Hello-World'], pools: ['takeover'] },
  },
});

/** GitHub's signature (https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries). */
export const sign = (body: string | Buffer, key = secret): string =>
  `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;

/** A delivery with the right signature, unless `headers` says otherwise. */
export function delivery(
  event: string,
  payload: unknown,
  headers: Record<string, string | undefined> = {},
): APIGatewayProxyEventV2 {
  return request(JSON.stringify(payload), { 'x-github-event': event, ...headers });
}

export function request(
  body: string,
  headers: Record<string, string | undefined> = {},
): APIGatewayProxyEventV2 {
  const all = {
    'content-type': 'application/json',
    'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    'x-hub-signature-256': sign(body),
    ...headers,
  };
  return {
    version: '2.0',
    routeKey: 'POST /github/webhooks',
    rawPath: '/github/webhooks',
    rawQueryString: '',
    headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
    requestContext: {
      accountId: '111122223333',
      apiId: 'api',
      domainName: 'example.org',
      domainPrefix: 'example',
      http: {
        method: 'POST',
        path: '/github/webhooks',
        protocol: 'HTTP/1.1',
        sourceIp: '192.0.2.1',
        userAgent: 'GitHub-Hookshot/1',
      },
      requestId: 'request',
      routeKey: 'POST /github/webhooks',
      stage: '$default',
      time: '21/Nov/2026:10:00:00 +0000',
      timeEpoch: 1_795_255_200_000,
    },
    body,
    isBase64Encoded: false,
  };
}

/** A delivery about a job of acme/demo for the pool `gpu`; `job` and `rest` replace fields. */
export const jobDelivery = (action: string, job: object = {}, rest: object = {}): APIGatewayProxyEventV2 =>
  delivery('workflow_job', {
    action,
    repository: { id: 5, full_name: 'acme/demo' },
    installation: { id: 77 },
    workflow_job: {
      id: 29679449526,
      run_id: 10723461245,
      run_attempt: 2,
      name: 'test (gpu)',
      head_sha: '3484a3fb816e0859fd6e1cea078d76385ff50625',
      labels: ['self-hosted', 'gpu'],
      status: action,
      conclusion: null,
      runner_name: null,
      created_at: '2026-11-21T10:00:00Z',
      started_at: '2026-11-21T10:00:05Z',
      completed_at: null,
      ...job,
    },
    ...rest,
  });

/** The handler, with all that it has recorded, loaded and logged. */
export function watchedWebhook(
  replaced: { secrets?: () => Promise<string[]>; record?: () => Promise<void> } = {},
) {
  const jobs: { fact: JobFact; seat: Seat }[] = [];
  const foreign: JobFact[] = [];
  const lines: Record<string, unknown>[] = [];
  const seen = { jobs, foreign, lines, loads: 0 };
  const handler = createWebhook({
    config,
    secrets: replaced.secrets ?? (async () => [secret]),
    record: async () => {
      seen.loads += 1;
      await replaced.record?.();
      return {
        job: async (fact, seat) => void jobs.push({ fact, seat }),
        foreign: async (fact) => void foreign.push(fact),
      };
    },
    log: (line) => void lines.push(line),
  });
  const deliver = async (event: APIGatewayProxyEventV2) => {
    const { statusCode = 0, body = '' } = await handler(event);
    const answer: unknown = JSON.parse(body);
    return { status: statusCode, answer };
  };
  return { seen, jobs, foreign, lines, deliver };
}
