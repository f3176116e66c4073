// Makes a runner group of an organization, and sets who may use it.
import { onOrganization } from './access.ts';
import type { GitHubClient } from './call.ts';
import type { GroupSettings } from './read-groups.ts';
import { bodyOf, nothing } from './reply.ts';

const writing = (organization: string) =>
  onOrganization(organization, { organization_self_hosted_runners: 'write' });

/** For these repositories only, public ones included. `repositoryIds`: numeric ids, as GitHub takes them. */
export async function createGroup(
  client: GitHubClient,
  organization: string,
  group: { name: string; repositoryIds: number[] },
): Promise<void> {
  const answer = await client.call({
    route: 'POST /orgs/{org}/actions/runner-groups',
    as: writing(organization),
    parameters: {
      name: group.name,
      visibility: 'selected',
      allows_public_repositories: true,
      selected_repository_ids: group.repositoryIds,
    },
    body: nothing,
  });
  bodyOf(answer);
}

/** Says every setting anew, since GitHub may take an absent one for its default. */
export async function updateGroup(
  client: GitHubClient,
  organization: string,
  { id, name, visibility, allowsPublic, workflows }: GroupSettings,
): Promise<void> {
  const answer = await client.call({
    route: 'PATCH /orgs/{org}/actions/runner-groups/{runner_group_id}',
    as: writing(organization),
    parameters: {
      runner_group_id: id,
      name,
      visibility,
      allows_public_repositories: allowsPublic,
      ...(workflows &&
        !workflows.readOnly && {
          restricted_to_workflows: true,
          selected_workflows: workflows.selected,
        }),
    },
    body: nothing,
  });
  bodyOf(answer);
}

/** Replaces the list of repositories of a group whose visibility is `selected`. */
export async function setGroupRepositories(
  client: GitHubClient,
  organization: string,
  group: string,
  repositoryIds: number[],
): Promise<void> {
  const answer = await client.call({
    route: 'PUT /orgs/{org}/actions/runner-groups/{runner_group_id}/repositories',
    as: writing(organization),
    parameters: { runner_group_id: group, selected_repository_ids: repositoryIds },
    body: nothing,
  });
  bodyOf(answer);
}
