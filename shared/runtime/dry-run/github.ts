// The GitHub of a dry run: it tells all, and nothing is asked of it but answers.
import type { GitHub, Registration, Runners } from '../../scheduler/ports.ts';
import type { Scope } from '../../scheduler/records.ts';
import { type GitHubReads, type Note, refused } from './reads.ts';

export const dryGitHub = (reads: GitHubReads, note: Note): GitHub => ({
  jobs: {
    job: (repository, id) => reads.jobs.job(repository, id),
    run: (repository, id) => reads.jobs.run(repository, id),
    queued: (repository, limit, runs) => reads.jobs.queued(repository, limit, runs),
    requiresApprovalForAll: (repository) => reads.jobs.requiresApprovalForAll(repository),
    cancelRun: refused('jobs.cancelRun'),
    rerun: refused('jobs.rerun'),
  },
  runners: dryRunners(reads.runners, note),
  checks: { create: refused('checks.create'), update: refused('checks.update') },
  deliveries: {
    page: (cursor) => reads.deliveries.page(cursor),
    redeliver: async (id) => note({ act: 'redeliver', what: 'delivery attempt', id }),
  },
  allowance: (owner) => reads.allowance(owner),
});

/** Whether GitHub would refuse to delete a registration is known by what it lists. */
function dryRunners(reads: GitHubReads['runners'], note: Note): Runners {
  const removed = new Set<string>();
  const lists = new Map<Scope, Promise<Registration[]>>();
  const listed = (scope: Scope): Promise<Registration[]> => {
    const list = lists.get(scope) ?? reads.list(scope, '');
    lists.set(scope, list);
    return list;
  };
  return {
    register: refused('runners.register'),
    async remove(scope, { name }) {
      const found = (await listed(scope)).find((one) => one.name === name);
      if (!found || removed.has(name)) return 'absent';
      if (found.busy) return 'busy';
      removed.add(name);
      note({ act: 'delete', what: 'registration', id: name });
      return 'deleted';
    },
    async list(scope, prefix, some) {
      const all = await (some ? reads.list(scope, prefix, some) : listed(scope));
      return all.filter(({ name }) => name.startsWith(prefix) && !removed.has(name));
    },
    refusal: (scope) => reads.refusal(scope),
    download: (scope, os, arch) => reads.download(scope, os, arch),
  };
}
