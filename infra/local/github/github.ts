// The embedded GitHub: a stand-in of github.com on 127.0.0.1, truthful in what decides correctness.
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { type Access, refuse } from './api/access.ts';
import { actionsRoutes } from './api/actions.ts';
import { appRoutes } from './api/app.ts';
import { checkRoutes } from './api/checks.ts';
import { runnerRoutes } from './api/runners.ts';
import { type RunnerArchive, runnerArchive } from './archive.ts';
import { brokerRoutes, dismiss } from './broker.ts';
import { delaysOf } from './delays.ts';
import { type Deliveries, deliveries } from './deliveries.ts';
import { expire } from './expiry.ts';
import type { Hub } from './hub.ts';
import { cancelJob, cancelRun, queueJob } from './jobs.ts';
import { workflowJobPayload } from './payloads.ts';
import type { EmbeddedGitHub, GitHubEvent, GitHubOptions } from './surface.ts';
import { grants, newAppKey } from './tokens.ts';
import { checkRunSnapshot, createWorld, isOnline, jobSnapshot, runnerSnapshot } from './world.ts';

type Listener = (event: GitHubEvent) => void;

function createHub(options: GitHubOptions, hooks: Deliveries, listeners: Set<Listener>): Hub {
  const world = createWorld(options);
  const hub: Hub = {
    options,
    world,
    delays: delaysOf(options.pace ?? 1),
    url: '',
    tell: (event) => {
      for (const listener of listeners) listener(event);
    },
    deliver: (action, job) => {
      const { repository } = job.run;
      const installation = world.installations.get(repository.owner);
      if (!installation) return;
      const body = JSON.stringify(workflowJobPayload(hub.url, action, job, installation.id));
      const ids = { installationId: installation.id, repositoryId: repository.id };
      hooks.send({ event: 'workflow_job', action, ...ids, body });
    },
  };
  return hub;
}

function routesOf(access: Access, hooks: Deliveries, archive: RunnerArchive, unknown: Set<string>) {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.route('/', appRoutes(access, hooks));
  app.route('/', runnerRoutes(access, archive));
  app.route('/', actionsRoutes(access));
  app.route('/', checkRoutes(access));
  app.route('/', brokerRoutes(access.hub));
  app.notFound((c) => {
    unknown.add(`${c.req.method} ${c.req.path}`);
    return refuse(c, 404, 'Not Found');
  });
  return app;
}

/** Starts to listen on 127.0.0.1. Rejects when the port is taken. */
async function listen(app: Hono<{ Bindings: HttpBindings }>, port: number) {
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      if ('closeAllConnections' in server) server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${address.port}`, close };
}

/** Starts a GitHub of its own: nothing is shared between two of them. */
export async function embeddedGitHub(options: GitHubOptions): Promise<EmbeddedGitHub> {
  const [key, archive] = await Promise.all([newAppKey(), runnerArchive(options.node)]);
  const { appId, faults = {}, deliveryTimeoutMs: timeoutMs = 10_000 } = options;
  const hooks = deliveries({ ...options.webhook, appId, timeoutMs, faults });
  const listeners = new Set<Listener>();
  const unknown = new Set<string>();
  const hub = createHub(options, hooks, listeners);
  const access: Access = { hub, publicKey: key.publicKey, grants: grants(appId), used: new Map() };
  const server = await listen(routesOf(access, hooks, archive, unknown), options.port ?? 0);
  hub.url = server.url;
  const tick = setInterval(() => expire(hub, Date.now()), Math.max(50, 1000 / (options.pace ?? 1)));
  return {
    url: hub.url,
    appPrivateKeyPem: key.pem,
    repositories: hub.world.repositories.values().map(({ fullName }) => fullName),
    ...commands(hub),
    ...snapshots(hub),
    unknownRoutes: () => [...unknown],
    on: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {
      clearInterval(tick);
      hooks.close();
      dismiss(hub);
      await server.close();
    },
  };
}

const commands = (hub: Hub): Pick<EmbeddedGitHub, 'queueJob' | 'cancelJob' | 'cancelRun'> => ({
  queueJob: (request) => queueJob(hub, request).id,
  cancelJob: (id) => {
    const job = hub.world.jobs.get(id);
    if (job) cancelJob(hub, job);
    return job !== undefined;
  },
  cancelRun: (id) => {
    const run = hub.world.runs.get(id);
    if (run) cancelRun(hub, run);
    return run !== undefined;
  },
});

const snapshots = (hub: Hub): Pick<EmbeddedGitHub, 'jobs' | 'runners' | 'checkRuns' | 'log'> => ({
  jobs: () => [...hub.world.jobs.values()].map(jobSnapshot),
  runners: () =>
    [...hub.world.runners.values()].map((runner) =>
      runnerSnapshot(runner, isOnline(runner, Date.now(), hub.delays.offlineMs)),
    ),
  checkRuns: () => [...hub.world.checkRuns.values()].map(checkRunSnapshot),
  log: (id) => hub.world.jobs.get(id)?.log,
});
