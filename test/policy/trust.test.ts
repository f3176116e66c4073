// Whose runs are trusted: by event, and pull requests by the id of their repository.
import { describe, expect, it } from 'vitest';
import { trustOf } from '../../shared/policy/trust.ts';

const run = (event: string, headRepositoryId?: string) => ({
  id: '1',
  event,
  status: 'queued',
  headSha: 'a'.repeat(40),
  headRepositoryId,
  baseRepositoryId: '7',
});

describe('a run is', () => {
  it.each([
    ['push', '7', 'trusted', 'event push comes from people with write access'],
    ['schedule', '7', 'trusted', 'event schedule comes from people with write access'],
    ['workflow_dispatch', '7', 'trusted', 'event workflow_dispatch comes from people with write access'],
    ['repository_dispatch', '7', 'trusted', 'event repository_dispatch comes from people with write access'],
    ['merge_group', '7', 'trusted', 'event merge_group comes from people with write access'],
    ['release', '7', 'trusted', 'event release comes from people with write access'],
    ['create', '7', 'trusted', 'event create comes from people with write access'],
    ['pull_request', '7', 'trusted', 'the pull request comes from a branch of the repository'],
    ['pull_request', '8', 'untrusted', 'the pull request comes from a fork'],
    ['pull_request', '07', 'untrusted', 'the pull request comes from a fork'],
    ['pull_request', undefined, 'untrusted', "the pull request's repository is gone, so it counts as a fork"],
    [
      'pull_request_target',
      '7',
      'untrusted',
      'event pull_request_target can come from people without write access',
    ],
    ['issue_comment', '7', 'untrusted', 'event issue_comment can come from people without write access'],
    ['workflow_run', '7', 'untrusted', 'event workflow_run can come from people without write access'],
    [
      'pull_request_review',
      '7',
      'untrusted',
      'event pull_request_review can come from people without write access',
    ],
    ['Push', '7', 'untrusted', 'event Push can come from people without write access'],
    ['something_new', '7', 'untrusted', 'event something_new can come from people without write access'],
    ['', '7', 'untrusted', 'event  can come from people without write access'],
  ])('%s of repository %s: %s, since %s', (event, head, trust, why) => {
    expect(trustOf(run(event, head))).toEqual({ trust, why });
  });
});
