// Which jobs get a builder: the run's trust against the configuration and the repository's own setting.
import { describe, expect, it } from 'vitest';
import { admission, needsForkApproval } from '../../shared/policy/admission.ts';
import { trustOf } from '../../shared/policy/trust.ts';
import type { Run } from '../../shared/scheduler/records.ts';
import { sample } from './sample.ts';

type Approval = 'not asked' | 'required' | 'off';

function run(from: string, approval: Approval = 'not asked'): Run {
  const [event = '', place] = from.split(' of ');
  const headRepositoryId = place === 'a fork' ? '8' : '7';
  const asked = { id: '1', event, status: 'queued', headSha: 'a'.repeat(40) };
  const forkApproval = { allExternal: approval === 'required', askedAt: 0 };
  return {
    kind: 'run',
    pool: 'gpu',
    id: '1',
    version: 1,
    repository: 'acme/open',
    event,
    ...trustOf({ ...asked, headRepositoryId, baseRepositoryId: '7' }),
    askedAt: 0,
    ...(approval === 'not asked' ? {} : { forkApproval }),
  };
}

const jobs = {
  film: { project: 'film', repository: 'Acme/Film', pool: 'gpu' },
  'film on the mac': { project: 'film', repository: 'Acme/Film', pool: 'mac' },
  open: { project: 'open', repository: 'acme/open', pool: 'gpu' },
  'open on the mac': { project: 'open', repository: 'acme/open', pool: 'mac' },
  'nobody knows': { project: 'gone', repository: 'acme/open', pool: 'gpu' },
  'that moved away': { project: 'open', repository: 'Acme/Film', pool: 'gpu' },
  'in a pool that is gone': { project: 'open', repository: 'acme/open', pool: 'constructor' },
} as const;

const told = (job: keyof typeof jobs, asked: Run | undefined): string => {
  const answer = admission(sample, jobs[job], asked);
  return answer.kind === 'admitted' ? 'admitted' : `${answer.kind}: ${answer.why}`;
};

const fork = 'This run is untrusted (the pull request comes from a fork)';
const target =
  'This run is untrusted (event pull_request_target can come from people without write access); ' +
  'of such runs only approved pull_request runs can be served.';
const off =
  'refused: Pull requests of forks are served only while acme/open has the setting ' +
  '"Require approval for all external contributors" (Settings, Actions, General); ' +
  'a maintainer can turn it on.';
const never =
  `refused: ${fork}, and project film serves no forks; a run of a branch of the repository itself ` +
  "would be served, or the configuration must say forks: 'github-approved'.";
const mac =
  `refused: ${fork}, and pool mac serves trusted runs only; a run of a branch of the repository itself ` +
  'would be served.';

describe('a job of project', () => {
  it.each([
    ['film', 'push', 'not asked', 'admitted'],
    ['film on the mac', 'push', 'not asked', 'admitted'],
    ['film', 'pull_request of a branch', 'not asked', 'admitted'],
    ['film', 'pull_request of a fork', 'not asked', never],
    ['film', 'pull_request of a fork', 'required', never],
    ['film on the mac', 'pull_request of a fork', 'required', mac],
    ['film', 'pull_request_target', 'required', `refused: ${target}`],
    ['open', 'push', 'off', 'admitted'],
    ['open', 'pull_request of a fork', 'required', 'admitted'],
    ['open', 'pull_request of a fork', 'off', off],
    [
      'open',
      'pull_request of a fork',
      'not asked',
      'unknown: GitHub has not answered yet whether acme/open requires approval ' +
        'for all external contributors.',
    ],
    ['open', 'pull_request_target', 'required', `refused: ${target}`],
    ['open', 'pull_request_target of a fork', 'required', `refused: ${target}`],
  ] as const)('%s by %s, approval %s: %s', (job, from, approval, expected) => {
    expect(told(job, run(from, approval))).toBe(expected);
  });

  it.each(['film', 'open', 'film on the mac'] as const)('%s waits until GitHub has told its run', (job) => {
    expect(told(job, undefined)).toBe('unknown: GitHub has not answered yet who caused this run.');
  });
});

describe('what the configuration no longer allows is refused, even a push', () => {
  it.each([
    ['nobody knows', 'The configuration no longer has acme/open in project gone; it must be added there.'],
    ['that moved away', 'The configuration no longer has Acme/Film in project open; it must be added there.'],
    [
      'in a pool that is gone',
      'The configuration no longer has a pool constructor; a job with other labels would be served.',
    ],
    ['open on the mac', "Project open may not use pool mac; it must be named in the project's pools."],
  ] as const)('a job %s: %s', (job, why) => {
    expect(told(job, run('push'))).toBe(`refused: ${why}`);
    expect(told(job, undefined)).toBe(`refused: ${why}`);
  });
});

describe("the repository's approval setting is asked for", () => {
  it.each([
    ['open', 'pull_request of a fork', true],
    ['open', 'pull_request of a branch', false],
    ['open', 'push', false],
    ['open', 'pull_request_target of a fork', false],
    ['film', 'pull_request of a fork', false],
    ['film on the mac', 'pull_request of a fork', false],
    ['nobody knows', 'pull_request of a fork', false],
  ] as const)('%s, %s: %s', (job, from, expected) => {
    expect(needsForkApproval(sample, jobs[job], run(from))).toBe(expected);
    expect(needsForkApproval(sample, jobs[job], run(from, 'off'))).toBe(expected);
  });
});
