// Runner registrations: made, removed and listed in an organization or a repository.
import * as z from 'zod/mini';
import { type Place, parseScope } from '../contract/scope.ts';
import { Doubt, type Registration, type Runners } from '../scheduler/ports.ts';
import { nameOf } from './access.ts';
import type { GitHubClient } from './call.ts';
import { downloadOf, type PinnedRunners } from './download.ts';
import { type Group, type Groups, groupsOf } from './groups.ts';
import { pageSize, wholePage } from './pages.ts';
import { runnersAccess, runnersPath } from './places.ts';
import { bodyOf, id, isRefused, nothing, whyOf } from './reply.ts';

/** 10 000 runners, GitHub's limit for a group. */
const maxPages = 100;
/** Repositories have the default group only. */
const defaultGroup: Group = { kind: 'found', id: 1 };

const made = z.object({ runner: z.object({ id }), encoded_jit_config: z.string().check(z.minLength(1)) });
const runner = z.object({ id, name: z.string(), status: z.string(), busy: z.boolean() });
const runnerList = z.object({ total_count: z.number(), runners: z.array(runner) });

/** https://docs.github.com/rest/actions/self-hosted-runners */
export function runnersOf(client: GitHubClient, pinned: PinnedRunners = {}): Runners {
  const groups = groupsOf(client);
  return {
    register: (scope, name, labels) =>
      register(client, groups, { place: parseScope(scope).place, name, labels }),
    remove: (scope, named) => remove(client, parseScope(scope).place, named),
    list: (scope, prefix, some) => list(client, parseScope(scope).place, prefix, some),
    refusal: (scope) => refusal(client, groups, parseScope(scope).place),
    download: downloadOf(client, pinned),
  };
}

interface NewRunner {
  place: Place;
  name: string;
  labels: string[];
}

type Registered = Awaited<ReturnType<Runners['register']>>;

async function register(client: GitHubClient, groups: Groups, wanted: NewRunner): Promise<Registered> {
  const { place, name, labels } = wanted;
  const group = await groupOf(groups, place);
  if (group.kind === 'refused') return group;
  const answer = await client.call({
    route: `POST ${runnersPath(place)}/generate-jitconfig`,
    as: runnersAccess(place, 'write'),
    parameters: { name, labels, runner_group_id: group.id },
    body: made,
    yields: true,
  });
  if (answer.kind === 'ok') {
    return { kind: 'made', jitConfig: answer.body.encoded_jit_config, runnerId: answer.body.runner.id };
  }
  if (place.kind === 'group') groups.forget(place.organization, place.group);
  if (answer.kind === 'no-access' || isRefused(answer, 403, 404, 422)) {
    return { kind: 'refused', why: whyOf(answer) };
  }
  throw new Doubt(whyOf(answer));
}

async function remove(
  client: GitHubClient,
  place: Place,
  named: { name: string; id?: string },
): Promise<'deleted' | 'absent' | 'busy'> {
  const runnerId = named.id ?? (await findId(client, place, named.name));
  if (runnerId === undefined) return 'absent';
  const answer = await client.call({
    route: `DELETE ${runnersPath(place)}/{runner_id}`,
    as: runnersAccess(place, 'write'),
    parameters: { runner_id: runnerId },
    body: nothing,
  });
  if (isRefused(answer, 404)) return 'absent';
  if (isRefused(answer, 422)) return 'busy';
  bodyOf(answer);
  return 'deleted';
}

async function findId(client: GitHubClient, place: Place, name: string): Promise<string | undefined> {
  const found = await load(client, place, { name });
  return found.runners.find((one) => one.name === name)?.id;
}

/** Pages of a list. */
interface Some {
  pages: number;
  turn: number;
}

async function list(
  client: GitHubClient,
  place: Place,
  prefix: string,
  some: Some = { pages: maxPages, turn: 0 },
): Promise<Registration[]> {
  const route = `GET ${runnersPath(place)}`;
  const pageOf = async (page: number) => {
    const { runners, total_count: total } = await load(client, place, { page });
    return { total, runners: wholePage(runners, { route, page, total }) };
  };
  const first = await pageOf(1);
  const total = Math.ceil(first.total / pageSize);
  if (total > maxPages)
    throw new Doubt(`more than ${maxPages * pageSize} runners in ${nameOf(runnersAccess(place, 'read'))}`);
  const listed = [first.runners];
  for (const number of pagesOf(total, some)) listed.push((await pageOf(number)).runners);
  return listed
    .flat()
    .filter(({ name }) => name.startsWith(prefix))
    .map(({ status, ...rest }) => ({ ...rest, online: status === 'online' }));
}

/** The pages of this turn after the first one, which tells how many there are, and is read in each. */
function pagesOf(total: number, { pages, turn }: Some): number[] {
  const others = Math.max(0, total - 1);
  const n = Math.min(others, Math.max(1, pages - 1));
  return Array.from({ length: n }, (_, nth) => 2 + ((turn * n + nth) % others));
}

async function load(client: GitHubClient, place: Place, asked: { name: string } | { page: number }) {
  const answer = await client.call({
    route: `GET ${runnersPath(place)}`,
    as: runnersAccess(place, 'read'),
    parameters: { per_page: pageSize, ...asked },
    body: runnerList,
  });
  return bodyOf(answer);
}

/** Asked with the right to register: to be allowed to look is not enough. */
async function refusal(client: GitHubClient, groups: Groups, place: Place): Promise<string | undefined> {
  if (place.kind === 'group') {
    groups.forget(place.organization, place.group);
    const group = await groups.find(place.organization, place.group);
    return group.kind === 'refused' ? group.why : undefined;
  }
  const answer = await client.call({
    route: `GET ${runnersPath(place)}`,
    as: runnersAccess(place, 'write'),
    parameters: { per_page: 1 },
    body: runnerList,
  });
  return answer.kind === 'ok' ? undefined : whyOf(answer);
}

const groupOf = async (groups: Groups, place: Place): Promise<Group> =>
  place.kind === 'group' ? groups.find(place.organization, place.group) : defaultGroup;
