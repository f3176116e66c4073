// Routes of check runs: create, update, list for a commit.
import { Hono } from 'hono';
import * as z from 'zod/mini';
import type { Hub } from '../hub.ts';
import { seconds } from '../shapes.ts';
import { type CheckRun, checkRunSnapshot, type Repository } from '../world.ts';
import { type Access, type Env, jsonBody, notFound, onRepository, page, refuse } from './access.ts';

const text = z.string().check(z.minLength(1));
const changes = {
  external_id: z.optional(z.string()),
  details_url: z.optional(z.string()),
  status: z.optional(z.enum(['queued', 'in_progress', 'completed'])),
  conclusion: z.optional(
    z.enum(['action_required', 'cancelled', 'failure', 'neutral', 'success', 'skipped', 'timed_out']),
  ),
  started_at: z.optional(z.string()),
  completed_at: z.optional(z.string()),
  output: z.optional(
    z.object({
      title: text,
      summary: z.string().check(z.maxLength(65_535)),
      text: z.optional(z.string().check(z.maxLength(65_535))),
    }),
  ),
};
const createRequest = z.object({ ...changes, name: text, head_sha: text });
const updateRequest = z.object({ ...changes, name: z.optional(text) });

type Changes = z.infer<typeof updateRequest>;

const base = '/repos/:owner/:repo';

/** Writes what the call names. A conclusion completes the check run. */
function write(hub: Hub, check: CheckRun, wanted: Changes): void {
  check.name = wanted.name ?? check.name;
  check.externalId = wanted.external_id ?? check.externalId;
  check.detailsUrl = wanted.details_url ?? check.detailsUrl;
  check.status = wanted.conclusion ? 'completed' : (wanted.status ?? check.status);
  check.conclusion = wanted.conclusion ?? (check.status === 'completed' ? check.conclusion : null);
  check.completedAt = check.status === 'completed' ? (check.completedAt ?? Date.now()) : null;
  check.title = wanted.output?.title ?? check.title;
  check.summary = wanted.output?.summary ?? check.summary;
  check.writes += 1;
  hub.tell({ what: 'check', check: checkRunSnapshot(check) });
}

const lacksConclusion = (wanted: Changes): boolean => wanted.status === 'completed' && !wanted.conclusion;

const knowsCommit = (hub: Hub, repository: Repository, sha: string): boolean =>
  [...hub.world.runs.values()].some((run) => run.repository === repository && run.headSha === sha);

const checkShape = (hub: Hub, check: CheckRun) => ({
  id: check.id,
  name: check.name,
  head_sha: check.headSha,
  external_id: check.externalId,
  url: `${hub.url}/repos/${check.repository}/check-runs/${check.id}`,
  html_url: `${hub.url}/${check.repository}/runs/${check.id}`,
  details_url: check.detailsUrl,
  status: check.status,
  conclusion: check.conclusion,
  started_at: seconds(check.startedAt),
  completed_at: check.completedAt === null ? null : seconds(check.completedAt),
  output: { title: check.title, summary: check.summary, text: null, annotations_count: 0 },
  app: { id: hub.options.appId, slug: 'the-app', name: 'The App' },
  pull_requests: [],
});

/** Without `filter=all`, the newest of each name. */
function listed(
  hub: Hub,
  repository: Repository,
  sha: string,
  query: { check_name?: string; filter?: string },
) {
  const newestFirst = [...hub.world.checkRuns.values()]
    .filter((check) => check.repository === repository.fullName && check.headSha === sha)
    .filter((check) => !query.check_name || check.name === query.check_name)
    .reverse();
  if (query.filter === 'all') return newestFirst;
  return newestFirst.filter((check, i) => newestFirst.findIndex(({ name }) => name === check.name) === i);
}

export function checkRoutes(access: Access): Hono<Env> {
  const { hub } = access;
  const { checkRuns } = hub.world;
  const routes = new Hono<Env>();
  routes.post(`${base}/check-runs`, onRepository(access, 'checks', 'write'), async (c) => {
    const wanted = createRequest.safeParse(await jsonBody(c));
    if (!wanted.success || lacksConclusion(wanted.data)) return refuse(c, 422, 'Invalid request.');
    if (!knowsCommit(hub, c.get('repository'), wanted.data.head_sha))
      return refuse(c, 422, `No commit found for SHA: ${wanted.data.head_sha}`);
    const check: CheckRun = {
      id: hub.world.nextId(),
      repository: c.get('repository').fullName,
      headSha: wanted.data.head_sha,
      name: wanted.data.name,
      externalId: '',
      detailsUrl: null,
      status: 'queued',
      conclusion: null,
      title: null,
      summary: null,
      writes: 0,
      startedAt: Date.now(),
      completedAt: null,
    };
    checkRuns.set(check.id, check);
    write(hub, check, wanted.data);
    return c.json(checkShape(hub, check), 201);
  });
  routes.patch(`${base}/check-runs/:id`, onRepository(access, 'checks', 'write'), async (c) => {
    const check = checkRuns.get(Number(c.req.param('id')));
    if (check?.repository !== c.get('repository').fullName) return notFound(c);
    const wanted = updateRequest.safeParse(await jsonBody(c));
    if (!wanted.success || lacksConclusion(wanted.data)) return refuse(c, 422, 'Invalid request.');
    write(hub, check, wanted.data);
    return c.json(checkShape(hub, check));
  });
  routes.get(`${base}/commits/:sha/check-runs`, onRepository(access, 'checks', 'read'), (c) => {
    const all = listed(hub, c.get('repository'), c.req.param('sha'), c.req.query());
    const shown = page(c, all).map((check) => checkShape(hub, check));
    return c.json({ total_count: all.length, check_runs: shown });
  });
  return routes;
}
