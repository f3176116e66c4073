// GitHub as the procedures see it: the ports over the REST API.
import type { GitHub } from '../scheduler/ports.ts';
import type { GitHubClient } from './call.ts';
import { checksOf } from './checks.ts';
import { deliveriesOf } from './deliveries.ts';
import type { PinnedRunners } from './download.ts';
import { jobsOf } from './jobs.ts';
import { runnersOf } from './runners.ts';

export const gitHub = (client: GitHubClient, options: { pinnedRunners?: PinnedRunners } = {}): GitHub => ({
  jobs: jobsOf(client),
  runners: runnersOf(client, options.pinnedRunners),
  checks: checksOf(client),
  deliveries: deliveriesOf(client),
  allowance: client.allowance,
});
