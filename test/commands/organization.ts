// An organization at the scripted GitHub: repositories and runner groups that can be read and changed.
import * as z from 'zod/mini';
import type { Recorded, Scripted, ScriptedGitHub } from '../github/scripted-github.ts';

export interface GroupState {
  id: number;
  name: string;
  visibility: string;
  allowsPublic: boolean;
  /** As `owner/name`. */
  repositories: string[];
  /** Names of GitHub's larger runners in it. */
  largerRunners?: string[];
  restricted?: boolean;
  inherited?: boolean;
}

export interface Organization {
  groups: GroupState[];
  /** Ids of repositories by their present names. */
  repositories: Map<string, number>;
  /** What was changed, as `PATCH osl {…}`. */
  changes: string[];
}

const changeBody = z.object({
  name: z.optional(z.string()),
  visibility: z.optional(z.string()),
  allows_public_repositories: z.optional(z.boolean()),
  restricted_to_workflows: z.optional(z.boolean()),
  selected_repository_ids: z.optional(z.array(z.number())),
});

/** Organization `aswf`; its repositories are those of the tests' configuration. */
export function organization(github: ScriptedGitHub): Organization {
  const own: Organization = {
    groups: [],
    repositories: new Map([
      ['aswf/OpenColorIO', 101],
      ['aswf/OSL', 102],
      ['aswf/osl-tests', 103],
      ['aswf/other', 104],
    ]),
    changes: [],
  };
  const path = '/orgs/aswf/actions/runner-groups';
  github.on(`GET ${path}`, () => ({ body: { runner_groups: own.groups.map(shapeOf) } }));
  github.on(`POST ${path}`, (request) => {
    const made = {
      id: own.groups.length + 1,
      name: '',
      visibility: 'all',
      allowsPublic: false,
      repositories: [],
    };
    own.groups.push(changed(own, made, request));
    own.changes.push(`POST ${JSON.stringify(request.body)}`);
    return { status: 201, body: {} };
  });
  for (const id of [1, 2, 3]) groupRoutes(github, own, `${path}/${id}`, id);
  for (const [name, number] of own.repositories) {
    github.on(`GET /repos/${name}`, { body: { id: number, full_name: name } });
  }
  return own;
}

function groupRoutes(github: ScriptedGitHub, own: Organization, path: string, id: number): void {
  const group = () => own.groups.find((one) => one.id === id);
  const change =
    (method: string) =>
    (request: Recorded): Scripted => {
      const before = group();
      if (!before) return { status: 404, body: { message: 'Not Found' } };
      own.groups = own.groups.map((one) => (one === before ? changed(own, one, request) : one));
      own.changes.push(`${method} ${before.name} ${JSON.stringify(request.body)}`);
      return { status: method === 'PUT' ? 204 : 200 };
    };
  github.on(`PATCH ${path}`, change('PATCH'));
  github.on(`PUT ${path}/repositories`, change('PUT'));
  github.on(`GET ${path}/repositories`, () => ({
    body: { repositories: (group()?.repositories ?? []).map((name) => ({ full_name: name })) },
  }));
  github.on(`GET ${path}/hosted-runners`, () => ({
    body: { runners: (group()?.largerRunners ?? []).map((name) => ({ name })) },
  }));
}

/** What is not said falls to its default, as it may at GitHub. */
function changed(own: Organization, group: GroupState, { call, body }: Recorded): GroupState {
  const said = z.parse(changeBody, body);
  const ids = said.selected_repository_ids;
  const repositories = ids
    ? [...own.repositories].filter(([, id]) => ids.includes(id)).map(([name]) => name)
    : group.repositories;
  if (call.endsWith('/repositories')) return { ...group, repositories };
  return {
    ...group,
    name: said.name ?? group.name,
    visibility: said.visibility ?? 'all',
    allowsPublic: said.allows_public_repositories ?? false,
    restricted: said.restricted_to_workflows ?? false,
    repositories,
  };
}

const shapeOf = (group: GroupState) => ({
  id: group.id,
  name: group.name,
  visibility: group.visibility,
  allows_public_repositories: group.allowsPublic,
  inherited: group.inherited ?? false,
  restricted_to_workflows: group.restricted ?? false,
  selected_workflows: group.restricted ? ['aswf/OSL/.github/workflows/gpu.yml@main'] : [],
});
