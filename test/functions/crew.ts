// The functions at work on a stage: agents call over HTTP, rings come by SQS, the reaper ticks.
import { createHash } from 'node:crypto';
import type { APIGatewayProxyEventV2, Context, SQSEvent } from 'aws-lambda';
import { createBuilderApi } from '../../functions/builder-api/builder-api.ts';
import { createDispatcher } from '../../functions/dispatcher/dispatcher.ts';
import { createReaper } from '../../functions/reaper/reaper.ts';
import { recordJob } from '../../shared/operations/record.ts';
import { factOf } from '../../shared/operations/verify.ts';
import { route } from '../../shared/policy/route.ts';
import type { GitHubJob, GitHubRun } from '../../shared/scheduler/ports.ts';
import { type Stage, stage } from '../operations/fakes.ts';

/** A key of an agent, from any word. */
export const keyOf = (word: string): string => createHash('sha256').update(word).digest('hex');

export const facts = { os: 'linux', arch: 'x64', agent: '1', bootSeconds: 9, gpus: [] };

export interface Answer {
  status: number;
  body: unknown;
}

export interface Crew extends Stage {
  /** Any call of an agent, as it is. */
  call(path: string, body: unknown): Promise<Answer>;
  raw(event: Partial<APIGatewayProxyEventV2>): Promise<Answer>;
  /** Calls of the agent on a builder of launch `gpu-1`. */
  claim(builder: string, more?: object): Promise<Answer>;
  progress(builder: string, busy: boolean, more?: object): Promise<Answer>;
  started(builder: string, runId: string, more?: object): Promise<Answer>;
  finished(builder: string, exitCode: number, more?: object): Promise<Answer>;
  /** A ring that was sent just now is answered. */
  pass(pool?: string): Promise<void>;
  rung(...bodies: string[]): Promise<void>;
  /** A tick of the schedule. Over a time that a story leaps, the reaper is taken to have swept as usual. */
  sweep(): Promise<void>;
  /** GitHub queues a job, and its delivery arrives. `run`: what GitHub says of its run. */
  queue(id: string, repository: string, more?: Partial<GitHubJob>, run?: Partial<GitHubRun>): Promise<void>;
  /** GitHub's books change, and the delivery arrives. */
  tell(id: string, more: Partial<GitHubJob>): Promise<void>;
}

export function crew(changes: Parameters<typeof stage>[0] = {}): Crew {
  const on = stage(changes);
  const dispatcher = createDispatcher(on.ports);
  const reaper = createReaper(on.ports);
  const raw = rawCaller(on);
  const call = (path: string, body: unknown) =>
    raw({ routeKey: `POST /builders/${path}`, body: JSON.stringify(body) });
  const who = (builder: string) => ({ builder, launch: 'gpu-1', key: keyOf(builder) });
  const deliver = async (id: string): Promise<void> => {
    const job = on.github.known.get(id);
    if (!job) throw new Error(`GitHub has no job ${id}`);
    const seat = route(on.ports.config, job);
    if (seat.kind === 'pool') await recordJob(on.ports, factOf(job.repository, job), seat);
  };
  const rung = (...bodies: string[]) => dispatcher(ringsOf(bodies));
  return {
    ...on,
    raw,
    call,
    claim: (id, more) => call('claim', { ...who(id), proof: `proof of ${id}`, facts, ...more }),
    progress: (id, busy, more) => call('progress', { ...who(id), busy, ...more }),
    started: (id, runId, more) =>
      call('job', { ...who(id), repository: 'film/color', runId, runAttempt: 1, job: 'build', ...more }),
    finished: (id, exitCode, more) => call('finished', { ...who(id), exitCode, ...more }),
    rung,
    pass: (pool = 'gpu') => rung(JSON.stringify({ pool, sentAt: on.ports.clock.now() })),
    async sweep() {
      await sweptTillNow(on.ports);
      await reaper();
    },
    async queue(id, repository, more, run) {
      on.github.known.set(id, { ...queued(id, on.ports.clock.now()), ...more, repository });
      if (run) on.github.events.set(on.github.known.get(id)?.runId ?? '', run);
      await deliver(id);
    },
    async tell(id, more) {
      const job = on.github.known.get(id);
      if (job) on.github.known.set(id, { ...job, ...more });
      await deliver(id);
    },
  };
}

/** The reaper has swept a minute ago, if it ever has: time that a story leaps is no pause. */
export async function sweptTillNow({ open, clock }: Stage['ports']): Promise<void> {
  const memory = await open.get('+', 'sweep', 'sweep').catch(() => undefined);
  if (memory) await open.put({ ...memory, at: clock.now() - 60_000 });
}

const queued = (id: string, queuedAt: number): GitHubJob => ({
  id,
  runId: `9${id}`,
  runAttempt: 1,
  name: `build ${id}`,
  labels: ['gpu'],
  headSha: 'f'.repeat(40),
  status: 'queued',
  queuedAt,
});

function rawCaller({ ports }: Stage) {
  const api = createBuilderApi(ports);
  return async (event: Partial<APIGatewayProxyEventV2>): Promise<Answer> => {
    const { statusCode, body } = await api({ ...emptyEvent, ...event }, context);
    return { status: statusCode ?? 200, body: parsed(body) };
  };
}

function parsed(body: string | undefined): unknown {
  try {
    return JSON.parse(body ?? 'null');
  } catch {
    return body;
  }
}

/** The rings as SQS hands them to the dispatcher. */
export function ringsOf(bodies: string[]): SQSEvent {
  const attributes = {
    ApproximateReceiveCount: '1',
    SentTimestamp: '0',
    SenderId: 'a',
    ApproximateFirstReceiveTimestamp: '0',
  };
  const of = { receiptHandle: 'r', attributes, messageAttributes: {}, md5OfBody: 'm' };
  const from = {
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:1:bell.fifo',
    awsRegion: 'eu-west-1',
  };
  return { Records: bodies.map((body, index) => ({ messageId: `m${index}`, body, ...of, ...from })) };
}

export const emptyEvent: APIGatewayProxyEventV2 = {
  version: '2.0',
  routeKey: 'POST /builders/claim',
  rawPath: '/',
  rawQueryString: '',
  headers: { 'content-type': 'application/json' },
  isBase64Encoded: false,
  requestContext: {
    accountId: '1',
    apiId: 'a',
    domainName: 'd',
    domainPrefix: 'p',
    http: { method: 'POST', path: '/', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'agent' },
    requestId: 'r',
    routeKey: '',
    stage: '$default',
    time: '',
    timeEpoch: 0,
  },
};

export const context: Context = {
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'builder-api',
  functionVersion: '1',
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:1:function:builder-api',
  memoryLimitInMB: '256',
  awsRequestId: 'r',
  logGroupName: 'g',
  logStreamName: 's',
  getRemainingTimeInMillis: () => 25_000,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
};
