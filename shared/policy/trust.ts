// Trust: may whoever caused a run be expected to have write access to the repository?
import type { GitHubRun } from '../scheduler/ports.ts';

/** Events that only people with write access cause. Every other event, known or not, is untrusted. */
const writersOnly: readonly string[] = [
  'push',
  'schedule',
  'workflow_dispatch',
  'repository_dispatch',
  'merge_group',
  'release',
  'create',
];

/**
 * Judges a run by its event, and a pull request by where its branch lies. Repositories are compared by id:
 * names can be taken over, and `fork: true` is also said of a repository that is itself a fork.
 * `why` is half a sentence.
 */
export function trustOf(run: GitHubRun): { trust: 'trusted' | 'untrusted'; why: string } {
  if (writersOnly.includes(run.event)) {
    return { trust: 'trusted', why: `event ${run.event} comes from people with write access` };
  }
  if (run.event !== 'pull_request') {
    return { trust: 'untrusted', why: `event ${run.event} can come from people without write access` };
  }
  if (run.headRepositoryId === undefined) {
    return { trust: 'untrusted', why: "the pull request's repository is gone, so it counts as a fork" };
  }
  return run.headRepositoryId === run.baseRepositoryId
    ? { trust: 'trusted', why: 'the pull request comes from a branch of the repository' }
    : { trust: 'untrusted', why: 'the pull request comes from a fork' };
}
