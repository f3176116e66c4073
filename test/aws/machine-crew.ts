// What the stories on machines of EC2 share: their machines, what was asked of EC2, and that all has ended.
import { machineTags } from '../../shared/contract/machine.ts';
import { runnerPrefix } from '../../shared/contract/names.ts';
import { until } from '../local/e2e/until.ts';
import type { Machine } from '../stand-ins/ec2/world.ts';
import { config, type StoryName } from './configuration.ts';
import { type Asked, jobOf, look } from './crew.ts';
import type { Stage } from './stage.ts';

/** Machines that carry the pool's tag. */
export const machinesOf = ({ ec2 }: Stage, story: StoryName): Machine[] =>
  ec2.machines().filter(({ tags }) => tags[machineTags.pool] === story);

/** Calls of EC2 with these words in their form. */
export const callsOf = ({ proxy }: Stage, ...words: string[]) =>
  proxy.calls.filter(
    ({ operation, body }) => operation === 'POST /' && words.every((word) => body.includes(word)),
  );

/** Waits until GitHub has ended the jobs, and until no machine and no registration is left of the story. */
export async function machinesHaveEnded(stage: Stage, story: StoryName, jobs: Asked[]): Promise<void> {
  const wait = (what: string, holds: () => boolean | Promise<boolean>) =>
    until(holds, `${story}: ${what}`, 270_000, 300);
  await wait('GitHub has ended all jobs', () =>
    jobs.every((job) => jobOf(stage, job)?.status === 'completed'),
  );
  await wait('all machines are terminated', () =>
    machinesOf(stage, story).every(({ state }) => state === 'terminated'),
  );
  await wait('/api/builders shows that all are gone', async () =>
    (await look(stage, story)).builders.every(({ phase }) => phase === 'gone'),
  );
  const prefixes = machinesOf(stage, story).map(({ id }) => `${runnerPrefix(config.installation)}${id}-`);
  await wait('GitHub has no registration', () =>
    stage.github.runners().every(({ name }) => !prefixes.some((prefix) => name.startsWith(prefix))),
  );
}
