// Runner groups of an organization: their settings, who may use them, and GitHub's larger runners in them.
import * as z from 'zod/mini';
import { onOrganization } from './access.ts';
import type { GitHubClient } from './call.ts';
import { pageSize, readPages } from './pages.ts';
import { bodyOf } from './reply.ts';

export interface GroupSettings {
  id: string;
  name: string;
  /** `selected`: only the repositories of its list may use it; `all`; `private`. */
  visibility: string;
  allowsPublic: boolean;
  /** It is the enterprise's: the organization cannot change it. */
  inherited: boolean;
  /** Only these workflows may use it. Absent: all may. */
  workflows?: { selected: string[]; readOnly: boolean };
}

const maxPages = 20;

const groupList = z.object({
  runner_groups: z.array(
    z.object({
      id: z.union([z.number(), z.bigint()]),
      name: z.string(),
      visibility: z.string(),
      allows_public_repositories: z.boolean(),
      inherited: z._default(z.boolean(), false),
      restricted_to_workflows: z._default(z.boolean(), false),
      selected_workflows: z._default(z.array(z.string()), []),
      workflow_restrictions_read_only: z._default(z.boolean(), false),
    }),
  ),
});
const repositoryList = z.object({ repositories: z.array(z.object({ full_name: z.string() })) });
const runnerList = z.object({ runners: z.array(z.object({ name: z.string() })) });

const reading = (organization: string) =>
  onOrganization(organization, { organization_self_hosted_runners: 'read' });

/** All groups. Throws `Doubt` (https://docs.github.com/rest/actions/self-hosted-runner-groups). */
export async function readGroups(client: GitHubClient, organization: string): Promise<GroupSettings[]> {
  const { items } = await readPages(maxPages, async (page) => {
    const answer = await client.call({
      route: 'GET /orgs/{org}/actions/runner-groups',
      as: reading(organization),
      parameters: { per_page: pageSize, page },
      body: groupList,
    });
    return bodyOf(answer).runner_groups;
  });
  return items.map((group) => ({
    id: String(group.id),
    name: group.name,
    visibility: group.visibility,
    allowsPublic: group.allows_public_repositories,
    inherited: group.inherited,
    ...(group.restricted_to_workflows && {
      workflows: { selected: group.selected_workflows, readOnly: group.workflow_restrictions_read_only },
    }),
  }));
}

/** The repositories, as `owner/name`, of a group whose visibility is `selected`. */
export async function readGroupRepositories(
  client: GitHubClient,
  organization: string,
  group: string,
): Promise<string[]> {
  const { items } = await readPages(maxPages, async (page) => {
    const answer = await client.call({
      route: 'GET /orgs/{org}/actions/runner-groups/{runner_group_id}/repositories',
      as: reading(organization),
      parameters: { runner_group_id: group, per_page: pageSize, page },
      body: repositoryList,
    });
    return bodyOf(answer).repositories;
  });
  return items.map((repository) => repository.full_name);
}

/** Names of GitHub's larger runners in all groups of an organization: `runs-on` takes them as labels. */
export async function readLargerRunners(client: GitHubClient, organization: string): Promise<string[]> {
  const groups = await readGroups(client, organization);
  const lists = await Promise.all(
    groups.map(async ({ id }) => {
      const answer = await client.call({
        route: 'GET /orgs/{org}/actions/runner-groups/{runner_group_id}/hosted-runners',
        as: reading(organization),
        parameters: { runner_group_id: id, per_page: pageSize },
        body: runnerList,
      });
      return bodyOf(answer).runners.map((runner) => runner.name);
    }),
  );
  return lists.flat();
}
