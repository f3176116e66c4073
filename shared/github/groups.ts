// Runner groups of organizations: their ids by their names.
import * as z from 'zod/mini';
import { onOrganization } from './access.ts';
import type { GitHubClient } from './call.ts';
import { memory } from './memory.ts';
import { pageSize } from './pages.ts';
import { whyOf } from './reply.ts';

/** A group's id, or why no runner can be registered with it. */
export type Group = { kind: 'found'; id: number | bigint } | { kind: 'refused'; why: string };

export interface Groups {
  /** Kept for ten minutes; a group that is missing is looked for anew by each call. */
  find(organization: string, name: string): Promise<Group>;
  /** Forgets what is known of the group. */
  forget(organization: string, name: string): void;
}

const keptMs = 600_000;
const maxPages = 10;
const groupList = z.object({
  runner_groups: z.array(z.object({ id: z.union([z.number(), z.bigint()]), name: z.string() })),
});

/** https://docs.github.com/rest/actions/self-hosted-runner-groups */
export function groupsOf(client: GitHubClient): Groups {
  const known = memory<Group>(client.now);
  const keyOf = (organization: string, name: string) => `${organization}/${name}`;

  const load = async (organization: string, name: string) => {
    const group = await findGroup(client, organization, name);
    return { value: group, until: group.kind === 'found' ? client.now() + keptMs : 0 };
  };

  return {
    find: (organization, name) => known.get(keyOf(organization, name), () => load(organization, name)),
    forget: (organization, name) => known.forget(keyOf(organization, name)),
  };
}

/** With the right to register, so that the answer also tells whether the App has it. */
async function findGroup(client: GitHubClient, organization: string, name: string): Promise<Group> {
  const as = onOrganization(organization, { organization_self_hosted_runners: 'write' });
  for (let page = 1; page <= maxPages; page++) {
    const answer = await client.call({
      route: 'GET /orgs/{org}/actions/runner-groups',
      as,
      parameters: { per_page: pageSize, page },
      body: groupList,
    });
    if (answer.kind !== 'ok') return { kind: 'refused', why: whyOf(answer) };
    const groups = answer.body.runner_groups;
    const group = groups.find((one) => one.name === name);
    if (group) return { kind: 'found', id: group.id };
    if (groups.length < pageSize) break;
  }
  const lack = `organization '${organization}' has no runner group '${name}'`;
  const why = `${lack}: create it and admit the repositories`;
  return { kind: 'refused', why };
}
