// The fault proxy: stands before stand-ins of AWS, counts what is called, and does what wires and clouds do.
import { Agent, createServer, type IncomingHttpHeaders, request, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { closed, listening } from '../store/server.ts';
import { refusalOf } from './refusals.ts';

/** A request on its way. */
export interface Call {
  /** AWS's name for it (`PutItem`, `StartBuild`), or method and path (`POST /builders/claim`). */
  operation: string;
  /** Prefix of the `X-Amz-Target` header, as `DynamoDB_20120810`; empty where there is none. */
  service: string;
  body: string;
  /** Milliseconds since 1970 UTC. */
  at: number;
}

/** `meanwhile` runs at the moment of the cut: what else ends then. */
export type Fault =
  /** Refused, in the words of its service, without being done. */
  | { kind: 'throttled' }
  /** The connection is cut before the request has arrived. */
  | { kind: 'unreached'; meanwhile?: () => void }
  /** It is done, and the connection is cut instead of an answer. */
  | { kind: 'lost'; meanwhile?: () => void }
  /** It arrives that much later. */
  | { kind: 'late'; ms: number }
  /** It arrives twice; the second answer is given. */
  | { kind: 'twice' };

/** Decides what happens to a call; undefined: nothing does. */
export type Plan = (call: Call) => Fault | undefined;

/** Where a call goes: the server's address, and headers that are set on the way. */
export type Route = (call: Call) => { url: string; headers?: Record<string, string> };

export interface FaultProxy {
  url: string;
  /** Every call that has come, also those that were cut. */
  calls: Call[];
  /** The first plan with an answer decides. Answers a function that takes the plan away. */
  plan(plan: Plan): () => void;
  close(): Promise<void>;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Listens on 127.0.0.1. A server behind it that does not answer is a 502. */
export async function faultProxy(route: Route): Promise<FaultProxy> {
  const plans: Plan[] = [];
  const calls: Call[] = [];
  const agent = new Agent({ keepAlive: true });
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
    const { method = '', url = '/', headers } = incoming;
    const call = callOf(method, url, headers, Buffer.concat(chunks).toString());
    calls.push(call);
    const forward = () => forwarded(agent, route(call), { method, url, headers, body: call.body });
    await meet(firstOf(plans, call), call, forward, outgoing).catch((error: unknown) =>
      give(outgoing, { status: 502, headers: {}, body: Buffer.from(String(error)) }),
    );
  });
  const port = await listening(server);
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    plan(plan) {
      plans.push(plan);
      return () => void plans.splice(plans.indexOf(plan), 1);
    },
    async close() {
      agent.destroy();
      await closed(server);
    },
  };
}

function callOf(method: string, url: string, headers: IncomingHttpHeaders, body: string): Call {
  const target = headers['x-amz-target'];
  const at = Date.now();
  if (typeof target !== 'string') {
    return { operation: `${method} ${url.split('?')[0]}`, service: '', body, at };
  }
  const [service = '', operation = ''] = target.split('.');
  return { operation, service, body, at };
}

function firstOf(plans: Plan[], call: Call): Fault | undefined {
  for (const plan of plans) {
    const fault = plan(call);
    if (fault) return fault;
  }
  return undefined;
}

async function meet(
  fault: Fault | undefined,
  call: Call,
  forward: () => Promise<Answer>,
  outgoing: ServerResponse,
): Promise<void> {
  switch (fault?.kind) {
    case undefined:
      return give(outgoing, await forward());
    case 'throttled':
      return give(outgoing, refusalOf(call));
    case 'unreached':
      fault.meanwhile?.();
      outgoing.destroy();
      return;
    case 'lost':
      await forward();
      fault.meanwhile?.();
      outgoing.destroy();
      return;
    case 'late':
      await sleep(fault.ms);
      return give(outgoing, await forward());
    case 'twice':
      await forward();
      return give(outgoing, await forward());
  }
}

function give(outgoing: ServerResponse, { status, headers, body }: Answer): void {
  const { connection: _, 'transfer-encoding': __, ...rest } = headers;
  outgoing.writeHead(status, { ...rest, 'content-length': body.length }).end(body);
}

interface Forward {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

function forwarded(agent: Agent, to: ReturnType<Route>, { method, url, headers, body }: Forward) {
  return new Promise<Answer>((resolve, reject) => {
    const { 'transfer-encoding': _, connection: __, ...kept } = headers;
    const sent = { ...kept, ...to.headers, 'content-length': Buffer.byteLength(body) };
    const onward = request(new URL(url, to.url), { method, agent, headers: sent }, async (answer) => {
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(Buffer.from(chunk));
        resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: Buffer.concat(chunks) });
      } catch (error) {
        reject(error);
      }
    });
    onward.on('error', reject).end(body);
  });
}
