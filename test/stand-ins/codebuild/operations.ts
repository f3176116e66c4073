// The four operations of CodeBuild that Callsheet calls, over the stand-in's builds.
import * as z from 'zod/mini';
import { type Build, isOver, type Project, phaseOf, type Time, wireBuild } from './builds.ts';
import type { Operation, Refusal, Trouble } from './trouble.ts';
import type { World } from './world.ts';

export interface Place {
  world: World;
  projects: Map<string, Project>;
  trouble: Trouble;
  now: () => Time;
}

/** CodeBuild's refusal of a call. */
export class Refused extends Error {
  readonly refusal: Refusal;
  constructor(code: string, message: string) {
    super(message);
    this.refusal = { code, message };
  }
}

const pageSize = 100;
const tokenLifeMs = 300_000;

const variable = z.strictObject({
  name: z.string().check(z.minLength(1)),
  value: z.string(),
  type: z._default(z.enum(['PLAINTEXT', 'PARAMETER_STORE', 'SECRETS_MANAGER']), 'PLAINTEXT'),
});

/** A field that is not here is one that the stand-in does not know: it refuses it rather than ignore it. */
const inputs = {
  StartBuild: z.strictObject({
    projectName: z.string(),
    environmentVariablesOverride: z._default(z.array(variable), []),
    idempotencyToken: z.optional(z.string()),
  }),
  BatchGetBuilds: z.strictObject({ ids: z.array(z.string()).check(z.minLength(1)) }),
  ListBuildsForProject: z.strictObject({
    projectName: z.string(),
    sortOrder: z._default(z.enum(['ASCENDING', 'DESCENDING']), 'DESCENDING'),
    nextToken: z.optional(z.string()),
  }),
  StopBuild: z.strictObject({ id: z.string() }),
};

/** Does one call. Throws `Refused`. */
export type Perform = (operation: Operation, body: unknown) => unknown;

export function performer(place: Place): Perform {
  const tokens = new Map<string, { input: string; id: string; at: Time }>();
  return (operation, body) => {
    place.world.tick();
    switch (operation) {
      case 'StartBuild':
        return startBuild(place, tokens, parse(inputs.StartBuild, body));
      case 'BatchGetBuilds':
        return batchGetBuilds(place, parse(inputs.BatchGetBuilds, body).ids);
      case 'ListBuildsForProject':
        return listBuilds(place, parse(inputs.ListBuildsForProject, body));
      case 'StopBuild':
        return stopBuild(place, parse(inputs.StopBuild, body).id);
    }
  };
}

function parse<T>(shape: z.ZodMiniType<T>, body: unknown): T {
  const { data, error } = shape.safeParse(body);
  if (error) throw new Refused('InvalidInputException', `Invalid input: ${z.prettifyError(error)}`);
  return data;
}

function startBuild(
  { world, projects, trouble, now }: Place,
  tokens: Map<string, { input: string; id: string; at: Time }>,
  { idempotencyToken: token, ...input }: z.infer<typeof inputs.StartBuild>,
): unknown {
  const { projectName } = input;
  if (!projects.has(projectName))
    throw new Refused('ResourceNotFoundException', `Project cannot be found: ${projectName}`);
  const same = JSON.stringify(input);
  const before = token === undefined ? undefined : tokens.get(token);
  const known = before && now() - before.at < tokenLifeMs ? before : undefined;
  if (known && known.input !== same)
    throw new Refused('InvalidInputException', 'Idempotency token was used with mismatched parameters');
  const found = world.builds.get(known?.id ?? '');
  if (found) return { build: wireBuild(found) };
  refuseWithoutRoom(world, trouble);
  const build = world.start(projectName, input.environmentVariablesOverride);
  if (token !== undefined) tokens.set(token, { input: same, id: build.id, at: now() });
  const answer = { build: wireBuild(build) };
  world.tick();
  return answer;
}

/** The queue takes five times as many builds as may run. */
function refuseWithoutRoom({ builds }: World, { room }: Trouble): void {
  if (room === undefined) return;
  const queued = [...builds.values()].filter((build) => !isOver(build) && phaseOf(build) === 'QUEUED').length;
  const running = [...builds.values()].filter((build) => !isOver(build)).length - queued;
  if (running < room || queued < 5 * room) return;
  const why = `Cannot have more than ${5 * room} builds in queue for the account`;
  throw new Refused('AccountLimitExceededException', why);
}

function batchGetBuilds({ world, trouble, now }: Place, ids: string[]): unknown {
  if (ids.length > 100) throw new Refused('InvalidInputException', 'Cannot get more than 100 builds');
  for (const id of ids) requireId(id);
  const found = [...new Set(ids)].flatMap((id) => world.builds.get(id) ?? []);
  const shown = found.filter((build) => now() - build.startedAt >= (trouble.readAfterMs ?? 0));
  const names = new Set(shown.map((build) => build.id));
  return { builds: shown.map(wireBuild), buildsNotFound: ids.filter((id) => !names.has(id)) };
}

function listBuilds(
  { world, projects, trouble, now }: Place,
  { projectName, sortOrder, nextToken }: z.infer<typeof inputs.ListBuildsForProject>,
): unknown {
  if (!projects.has(projectName))
    throw new Refused(
      'ResourceNotFoundException',
      `The provided project name does not exist: ${projectName}`,
    );
  const shown = ({ id, project, startedAt }: Build) =>
    project === projectName &&
    now() - startedAt >= (trouble.listedAfterMs ?? 0) &&
    !trouble.unlisted?.includes(id);
  const oldestFirst = [...world.builds.values()].filter(shown).map((build) => build.id);
  const ids = sortOrder === 'ASCENDING' ? oldestFirst : oldestFirst.reverse();
  // A page begins after the last id of the one before: builds that start meanwhile move nothing.
  const from = nextToken === undefined ? 0 : ids.indexOf(nextToken) + 1;
  if (nextToken !== undefined && from === 0) throw new Refused('InvalidInputException', 'Invalid nextToken');
  const page = ids.slice(from, from + pageSize);
  const more = from + pageSize < ids.length;
  return { ids: page, ...(more && { nextToken: page.at(-1) }) };
}

/** A build that has ended is answered as it is. */
function stopBuild({ world }: Place, id: string): unknown {
  requireId(id);
  world.end(id, 'STOPPED');
  const build = world.builds.get(id);
  if (!build) throw new Refused('ResourceNotFoundException', `Build cannot be found: ${id}`);
  return { build: wireBuild(build) };
}

function requireId(id: string): void {
  if (!/^[\w-]+:[0-9a-f-]{36}$/.test(id))
    throw new Refused('InvalidInputException', `Invalid build ID: ${id}`);
}
