// What tests of GitHub's calls send.
import type { CheckRun } from '../../shared/scheduler/ports.ts';

export const aCheck: CheckRun = {
  repository: 'aswf/ocio',
  headSha: 'ce587453ced02b1526dfb4cb910479d431683101',
  name: 'callsheet / gpu',
  externalId: 'job-7-no-room',
  status: 'in_progress',
  title: 'Waits for a machine',
  summary: 'All machines of the pool are busy.',
};
