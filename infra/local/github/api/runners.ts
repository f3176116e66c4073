// Routes of runner registrations (of organizations and repositories alike), groups and downloads.
import { randomBytes } from 'node:crypto';
import { type Context, Hono } from 'hono';
import * as z from 'zod/mini';
import type { RunnerArchive } from '../archive.ts';
import { type Hub, removeRunner } from '../hub.ts';
import { runnerShape } from '../shapes.ts';
import { type Group, isOnline, type Place, type Runner } from '../world.ts';
import {
  type Access,
  type Env,
  jsonBody,
  notFound,
  onOrganization,
  onRepository,
  page,
  refuse,
  sameOwner,
} from './access.ts';

const jitRequest = z.object({
  name: z.string().check(z.minLength(1), z.maxLength(64)),
  runner_group_id: z.number(),
  labels: z.array(z.string().check(z.minLength(1))).check(z.minLength(1), z.maxLength(100)),
  work_folder: z.optional(z.string()),
});

/** A place that a call names, without the group: 'Default' stands for it. */
function placeOf(c: Context<Env>, hub: Hub): Place {
  const repository = c.get('repository');
  if (repository) return { kind: 'repository', repository };
  const organization = c.get('grant').owner;
  const group = groupsOf(hub, organization)[0];
  if (!group) throw new Error(`organization without a group: '${organization}'`);
  return { kind: 'organization', organization, group };
}

const groupsOf = (hub: Hub, organization: string): Group[] =>
  hub.world.groups.filter((group) => group.organization.toLowerCase() === organization.toLowerCase());

const shapeOf = (hub: Hub, runner: Runner) =>
  runnerShape(runner, isOnline(runner, Date.now(), hub.delays.offlineMs));

const runnersAt = (hub: Hub, place: Place): Runner[] =>
  [...hub.world.runners.values()].filter((runner) => sameOwner(runner.place, place));

function runnerAt(c: Context<Env>, hub: Hub): Runner | undefined {
  const runner = hub.world.runners.get(Number(c.req.param('id')));
  return runner && sameOwner(runner.place, placeOf(c, hub)) ? runner : undefined;
}

/** The registrations of one kind of place. */
function registrations(
  access: Access,
  base: string,
  allow: typeof onRepository,
  permission: string,
): Hono<Env> {
  const { hub } = access;
  const routes = new Hono<Env>();
  const read = allow(access, permission, 'read');
  const write = allow(access, permission, 'write');
  routes.post(`${base}/generate-jitconfig`, write, async (c) => {
    const wanted = jitRequest.safeParse(await jsonBody(c));
    if (!wanted.success) return refuse(c, 422, 'Invalid request.');
    return register(c, hub, placeOf(c, hub), wanted.data);
  });
  routes.get(base, read, (c) => {
    const name = c.req.query('name');
    const all = runnersAt(hub, placeOf(c, hub)).filter((runner) => !name || runner.name === name);
    return c.json({ total_count: all.length, runners: page(c, all).map((runner) => shapeOf(hub, runner)) });
  });
  routes.get(`${base}/:id{[0-9]+}`, read, (c) => {
    const runner = runnerAt(c, hub);
    return runner ? c.json(shapeOf(hub, runner)) : notFound(c);
  });
  routes.delete(`${base}/:id{[0-9]+}`, write, (c) => {
    const runner = runnerAt(c, hub);
    if (!runner) return notFound(c);
    if (runner.job) return refuse(c, 422, `Bad request - Runner "${runner.name}" is still running a job`);
    removeRunner(hub, runner);
    return c.body(null, 204);
  });
  return routes;
}

function register(c: Context<Env>, hub: Hub, place: Place, wanted: z.infer<typeof jitRequest>): Response {
  const group =
    place.kind === 'organization'
      ? groupsOf(hub, place.organization).find((one) => one.id === wanted.runner_group_id)
      : undefined;
  if (place.kind === 'organization' ? !group : wanted.runner_group_id !== 1) return notFound(c);
  if (runnersAt(hub, place).some((runner) => runner.name.toLowerCase() === wanted.name.toLowerCase()))
    return refuse(c, 409, `Already exists - A runner with the name ${wanted.name} already exists.`);
  const runner: Runner = {
    id: hub.world.nextId(),
    name: wanted.name,
    place: group && place.kind === 'organization' ? { ...place, group } : place,
    labels: wanted.labels,
    credential: randomBytes(1200).toString('base64url'),
    createdAt: Date.now(),
    polls: 0,
    messages: [],
    wake: () => {},
  };
  hub.world.runners.set(runner.id, runner);
  return c.json(
    { runner: shapeOf(hub, runner), encoded_jit_config: jitConfig(hub, runner, wanted.work_folder) },
    201,
  );
}

/** Base64 of a JSON map from file name to base64 content, about as long as GitHub's (4 kB). */
function jitConfig(hub: Hub, runner: Runner, workFolder = '_work'): string {
  const files = {
    '.runner': {
      agentId: String(runner.id),
      agentName: runner.name,
      disableUpdate: 'True',
      ephemeral: 'True',
      poolId: '1',
      serverUrl: hub.url,
      workFolder,
    },
    '.credentials': { scheme: 'OAuth', data: { clientId: String(runner.id) } },
    '.credentials_rsaparams': { d: runner.credential },
  };
  const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64');
  return base64(Object.fromEntries(Object.entries(files).map(([name, value]) => [name, base64(value)])));
}

const groupShape = (hub: Hub, group: Group) => ({
  id: group.id,
  name: group.name,
  visibility: group.repositories ? 'selected' : 'all',
  default: group.name === 'Default',
  runners_url: `${hub.url}/orgs/${group.organization}/actions/runner-groups/${group.id}/runners`,
  inherited: false,
  allows_public_repositories: true,
  restricted_to_workflows: false,
  selected_workflows: [],
});

/** What `runners/downloads` lists: the stand-in is the same on all of these systems. */
const downloads = (hub: Hub, archive: RunnerArchive) =>
  archive.platforms.map(({ os, architecture, filename }) => ({
    os,
    architecture,
    download_url: `${hub.url}/actions/runner/releases/download/v${archive.version}/${filename}`,
    filename,
    sha256_checksum: archive.sha256,
  }));

const places = [
  { base: '/orgs/:org/actions', allow: onOrganization, permission: 'organization_self_hosted_runners' },
  { base: '/repos/:owner/:repo/actions', allow: onRepository, permission: 'administration' },
];

export function runnerRoutes(access: Access, archive: RunnerArchive): Hono<Env> {
  const { hub } = access;
  const routes = new Hono<Env>();
  for (const { base, allow, permission } of places) {
    routes.get(`${base}/runners/downloads`, allow(access, permission, 'read'), (c) =>
      c.json(downloads(hub, archive)),
    );
    routes.route('/', registrations(access, `${base}/runners`, allow, permission));
  }
  const readOrganization = onOrganization(access, 'organization_self_hosted_runners', 'read');
  routes.get('/orgs/:org/actions/runner-groups', readOrganization, (c) => {
    const groups = groupsOf(hub, c.get('grant').owner);
    return c.json({
      total_count: groups.length,
      runner_groups: page(c, groups).map((group) => groupShape(hub, group)),
    });
  });
  routes.get('/actions/runner/releases/download/:version/:file', (c) => {
    const known = archive.platforms.some(({ filename }) => filename === c.req.param('file'));
    return known && c.req.param('version') === `v${archive.version}`
      ? c.body(archive.bytes, 200, { 'content-type': 'application/octet-stream' })
      : notFound(c);
  });
  return routes;
}
