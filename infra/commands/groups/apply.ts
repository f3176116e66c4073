// Sets a runner group to what its project needs.
import type { GitHubClient } from '../../../shared/github/call.ts';
import { readRepository } from '../../../shared/github/read-repository.ts';
import { createGroup, setGroupRepositories, updateGroup } from '../../../shared/github/set-group.ts';
import { folded } from '../../../shared/policy/labels.ts';
import { Problem } from '../command.ts';
import type { Comparison } from './compare.ts';

/**
 * Narrows the group before it allows more, so that at no time strangers may use its runners. Repeating is a
 * no-op. Throws `Problem`, or `Doubt` when GitHub refuses.
 */
export async function applyGroup(client: GitHubClient, comparison: Comparison): Promise<void> {
  const { organization, group: name, actual, missing, excess } = comparison;
  if (comparison.differences.length === 0) return;
  if (actual?.inherited) {
    throw new Problem(`group '${name}' is the enterprise's: change it there, or name another runnerGroup`);
  }
  const repositoryIds = await idsOf(client, comparison.repositories);
  if (!actual) return createGroup(client, organization, { name, repositoryIds });
  const narrowed = { ...actual, visibility: 'selected' };
  if (actual.visibility !== 'selected') await updateGroup(client, organization, narrowed);
  if (missing.length + excess.length > 0) {
    await setGroupRepositories(client, organization, actual.id, repositoryIds);
  }
  if (!actual.allowsPublic) await updateGroup(client, organization, { ...narrowed, allowsPublic: true });
}

async function idsOf(client: GitHubClient, repositories: string[]): Promise<number[]> {
  const found = await Promise.all(
    repositories.map(async (name) => ({ name, ...(await readRepository(client, name)) })),
  );
  const renamed = found.find(({ name, fullName }) => folded(name) !== folded(fullName));
  if (renamed) {
    throw new Problem(
      `${renamed.name} is now called ${renamed.fullName}: change its name in the configuration`,
    );
  }
  return found.map(({ id }) => id);
}
