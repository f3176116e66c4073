// A stand-in for AWS CodeBuild that speaks its wire protocol (AWS JSON 1.1), with what others lack:
// idempotency tokens, virtual time, a queue, throttling, lost answers, pages, late appearance, events.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Build, EndStatus, Project, Time, Variable } from './builds.ts';
import { type Perform, performer, Refused } from './operations.ts';
import { type Operation, operations, type Refusal, type Trouble } from './trouble.ts';
import { type WorldSettings, world } from './world.ts';

export interface StandInSettings extends Pick<WorldSettings, 'onStart' | 'onEvent'> {
  /** Default: the real clock. */
  now?: () => Time;
  /** By name. */
  projects?: Record<string, Project>;
  /** Lets happen what is due this often, in ms of the real clock. Default: only at calls and at `tick`. */
  tickMs?: number;
  /** Of 127.0.0.1. Default: a free one. */
  port?: number;
}

/** What goes over the wire for one call. `lost`: nothing does. */
export type Answer = { status: number; body: string } | 'lost';

export interface CodeBuildStandIn {
  /** Its address, for an SDK's `endpoint`. */
  readonly url: string;
  /** Projects may be added and removed. */
  readonly projects: Map<string, Project>;
  readonly trouble: Trouble;
  /** How often each operation was called, refused and lost calls included. */
  readonly calls: Record<Operation, number>;
  /** All builds, in the order of their start. */
  builds(): Build[];
  /** Starts a build by hand: with these variables only, and those of its project. */
  plant(project: string, variables?: Record<string, string>): Build;
  /** Ends a build by itself. One that is over stays as it is. */
  end(id: string, status: EndStatus): void;
  /** Lets happen what is due by now. */
  tick(): void;
  /** Answers one call without HTTP. `target`: the header `X-Amz-Target`. */
  answer(target: string, body: string): Answer;
  /** Ends all builds and stops listening. */
  close(): Promise<void>;
}

export async function codeBuildStandIn(settings: StandInSettings = {}): Promise<CodeBuildStandIn> {
  const { now = Date.now, onStart, onEvent } = settings;
  const projects = new Map(Object.entries(settings.projects ?? {}));
  const trouble: Trouble = {};
  const builds = world({ now, projects, trouble, onStart, onEvent });
  const calls = { StartBuild: 0, BatchGetBuilds: 0, ListBuildsForProject: 0, StopBuild: 0 };
  const answer = answerer(performer({ world: builds, projects, trouble, now }), trouble, calls);
  const server = createServer((request, response) => void serve(request, response, answer));
  await new Promise<void>((resolve) => server.listen(settings.port ?? 0, '127.0.0.1', resolve));
  const ticking = settings.tickMs === undefined ? undefined : setInterval(builds.tick, settings.tickMs);
  return {
    url: addressOf(server),
    projects,
    trouble,
    calls,
    builds: () => [...builds.builds.values()],
    plant(project, variables = {}) {
      const build = builds.start(project, Object.entries(variables).map(plaintext));
      builds.tick();
      return build;
    },
    end: builds.end,
    tick: builds.tick,
    answer,
    async close() {
      clearInterval(ticking);
      for (const id of builds.builds.keys()) builds.end(id, 'STOPPED');
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const plaintext = ([name, value]: [string, string]): Variable => ({ name, value, type: 'PLAINTEXT' });

/** Counts the calls, and troubles them. */
function answerer(
  perform: Perform,
  trouble: Trouble,
  calls: Record<Operation, number>,
): CodeBuildStandIn['answer'] {
  return (target, body) => {
    const operation = operations.find((name) => target === `CodeBuild_20161006.${name}`);
    if (!operation)
      return refused({ code: 'UnknownOperationException', message: `no such target: ${target}` });
    calls[operation] += 1;
    const nth = calls[operation];
    const refusal = trouble.refuse?.(operation, nth, body);
    const answered = refusal ? refused(refusal) : attempt(() => perform(operation, parsed(body)));
    return trouble.lose?.(operation, nth) ? 'lost' : answered;
  };
}

function attempt(work: () => unknown): Answer {
  try {
    return { status: 200, body: JSON.stringify(work()) };
  } catch (error) {
    if (error instanceof Refused) return refused(error.refusal);
    throw error;
  }
}

const refused = ({ code, message = code, status = 400 }: Refusal): Answer => ({
  status,
  body: JSON.stringify({ __type: code, message }),
});

/** Undefined: it is no JSON, and no operation takes it. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (target: string, body: string) => Answer,
): Promise<void> {
  request.setEncoding('utf8');
  let body = '';
  for await (const chunk of request) body += chunk;
  const isSigned = request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ') ?? false;
  const answered = isSigned
    ? answer(`${request.headers['x-amz-target']}`, body)
    : refused({ code: 'MissingAuthenticationTokenException', status: 403 });
  if (answered === 'lost') return void request.socket.destroy();
  response.writeHead(answered.status, { 'content-type': 'application/x-amz-json-1.1' }).end(answered.body);
}

function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the stand-in does not listen');
  return `http://127.0.0.1:${address.port}`;
}
