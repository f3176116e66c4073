// Bodies of a simulated GitHub's deliveries, in the shapes of its own webhooks.
import type { Action, SimulatedJob, SimulatedRun } from './records.ts';
import { ownerOf } from './settings.ts';
import { account, jobShape, repositoryShape } from './shapes.ts';

/** A job as it was at a moment, which is what a delivery about it tells, whenever it is sent. */
export interface Told {
  action: Action;
  job: SimulatedJob;
  run: SimulatedRun;
  installation: string;
}

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_job */
export const bodyOf = ({ action, job, run, installation }: Told): string =>
  JSON.stringify({
    action,
    workflow_job: jobShape(job, run),
    repository: repositoryShape(job.repository),
    organization: account(ownerOf(job.repository), 'Organization'),
    sender: account(run.fork ? 'outside-contributor' : 'octocat', 'User'),
    installation: { id: Number(installation), node_id: `MDIzOk${installation}` },
  });
