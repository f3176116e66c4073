// A repository as GitHub knows it: its id, and its present name.
import * as z from 'zod/mini';
import { onRepository } from './access.ts';
import type { GitHubClient } from './call.ts';
import { bodyOf } from './reply.ts';

export interface RepositoryFacts {
  id: number;
  /** `owner/name`. Another than was asked for: it was renamed or moved, and GitHub led us there. */
  fullName: string;
}

const repositoryFacts = z.object({ id: z.number(), full_name: z.string() });

/** Throws `Doubt`, also when the App cannot see it (https://docs.github.com/rest/repos/repos). */
export async function readRepository(client: GitHubClient, repository: string): Promise<RepositoryFacts> {
  const answer = await client.call({
    route: 'GET /repos/{owner}/{repo}',
    as: onRepository(repository, { metadata: 'read' }),
    body: repositoryFacts,
  });
  const { id, full_name: fullName } = bodyOf(answer);
  return { id, fullName };
}
