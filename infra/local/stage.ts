// The service on one computer: the same functions as on AWS, behind a local
// HTTP server and a queue in the process.
import type { Hono } from 'hono';
import { createApi, readKnown } from '../../functions/api/api.ts';
import { createBuilderApi } from '../../functions/builder-api/builder-api.ts';
import { createCloudEvents } from '../../functions/cloud-events/cloud-events.ts';
import { createDispatcher } from '../../functions/dispatcher/dispatcher.ts';
import { createReaper } from '../../functions/reaper/reaper.ts';
import { createWebhook } from '../../functions/webhook/webhook.ts';
import { builderViews, jobViews } from '../../shared/operations/view.ts';
import { onThisComputer } from '../../shared/policy/ladder.ts';
import type { Config } from '../../shared/policy/schema.ts';
import { type LocalPorts, localPorts } from '../../shared/runtime/local.ts';
import { recordFacts } from '../../shared/runtime/webhook.ts';
import { endedEvent, readEnded } from './ended.ts';
import { type HttpSettings, serveLocal } from './http.ts';
import { fifoQueue, queueBell } from './queue.ts';
import type { Scene } from './story.ts';

export interface ServiceSettings {
  config: Config;
  /** 0 takes any free port. */
  port: number;
  pace: number;
  dynamodb: string;
  github: { url: string; privateKey: string };
  webhookSecret: string;
  builderSecret: string;
  folder: string;
  mounts?: Record<string, Hono>;
  log(line: Record<string, unknown>): void;
}

export interface Service {
  url: string;
  /** What the API shows now. */
  look(): Promise<Scene>;
  /** Ends the clock, the queue, all builders and the server. */
  close(): Promise<void>;
}

/** SQS's visibility time-out and the reaper's interval, as on AWS. */
const visibilityMs = 60_000;
const reaperEveryMs = 60_000;

/** Starts the service, all of whose builders are local. Throws when the port is taken. */
export async function startService(given: ServiceSettings): Promise<Service> {
  const settings = { ...given, config: onThisComputer(given.config) };
  const { log, pace } = settings;
  const problem = (error: unknown): void => log({ level: 'error', why: String(error) });
  let url = '';
  const queue = fifoQueue({
    visibilityMs: visibilityMs / pace,
    deliver: (event) => dispatcher(event),
    onError: problem,
  });
  const endings = underWay();
  const { ports, close } = localPorts({
    ...settings,
    url: () => url,
    secret: settings.builderSecret,
    bell: queueBell(queue, { now: Date.now }),
    onEnd: (end) => endings.add(cloudEvents(endedEvent(end)).catch(problem)),
  });
  const dispatcher = createDispatcher(ports);
  const cloudEvents = createCloudEvents(ports, readEnded);
  const reaper = createReaper(ports);
  const shown = shownBy(ports);
  const { port, mounts } = settings;
  const server = await serveLocal({ port, mounts, onError: problem, routes: routesOf(settings, ports) });
  url = server.url;
  const clock = everySoOften(reaperEveryMs / pace, () => reaper().catch(problem));
  return {
    url,
    async look() {
      const known = await readKnown(shown, 200);
      return { jobs: jobViews(known), builders: builderViews(known, Date.now()) };
    },
    async close() {
      await clock.stop();
      await queue.close();
      await close();
      await endings.settled();
      await server.close();
    },
  };
}

type Ports = LocalPorts['ports'];

/** The functions behind API Gateway. */
function routesOf({ config, webhookSecret, log }: ServiceSettings, ports: Ports): HttpSettings['routes'] {
  const webhook = createWebhook({
    config,
    log,
    secrets: () => Promise.resolve([webhookSecret]),
    record: () => Promise.resolve(recordFacts(ports, config)),
  });
  const builderApi = createBuilderApi(ports);
  const api = createApi(shownBy(ports));
  return {
    'POST /github/webhooks': webhook,
    'GET /builders/agent': builderApi,
    'POST /builders/claim': builderApi,
    'POST /builders/job': builderApi,
    'POST /builders/progress': builderApi,
    'POST /builders/finished': builderApi,
    'GET /api/jobs': api,
    'GET /api/builders': api,
    'GET /api/hosts': api,
    'GET /api/receipts': api,
  };
}

const shownBy = (ports: Ports) => ({
  ...ports,
  installation: ports.config.installation,
  pools: Object.keys(ports.config.pools),
});

/** Work that goes on by itself, and that the end waits for: the database must not close under it. */
function underWay() {
  const works = new Set<Promise<void>>();
  return {
    add(work: Promise<void>): void {
      works.add(work);
      void work.finally(() => works.delete(work));
    },
    settled: async (): Promise<void> => void (await Promise.all(works)),
  };
}

/** Runs the work now and then again, each run after the one before it has ended. */
function everySoOften(ms: number, work: () => Promise<void>) {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const run = async (): Promise<void> => {
    await work();
    if (!stopped) timer = setTimeout(() => (running = run()), ms);
  };
  let running = run();
  return {
    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
