// Which runner may get which job: by labels and place only, never by what a runner was started for.
import type { Job, Place, Repository, Runner } from './world.ts';

const covers = (place: Place, repository: Repository): boolean =>
  place.kind === 'repository'
    ? place.repository.id === repository.id
    : place.organization.toLowerCase() === repository.owner.toLowerCase() &&
      (place.group.repositories?.has(repository.fullName.toLowerCase()) ?? true);

/** Does the runner have all of the job's labels (whatever their case), and may it serve the repository? */
export function fits(job: Job, runner: Runner): boolean {
  const has = new Set(runner.labels.map((label) => label.toLowerCase()));
  return (
    job.labels.every((label) => has.has(label.toLowerCase())) && covers(runner.place, job.run.repository)
  );
}
