// Cancelled runs: fVDB, a project of ASWF, was left with machines when somebody had cancelled the run that
// had started them. Here a run is cancelled at each stage of its job's life, and nothing is left.
import { afterEach, describe, expect, it } from 'vitest';
import { allHasEnded, machinesOf, stateOf } from '../functions/ec2-story-end.ts';
import { type Film, film, minute } from '../functions/ec2-story-stage.ts';

let set: Film;
afterEach(() => set.close());

const phaseIs = (phase: string) => async () =>
  (await stateOf(set)).builders.some((one) => one.phase === phase);
const hasMachine = (): boolean => set.actors.size === 1;
const begun = (): boolean => set.hub.begun.length === 1;

/** What a stage is known by, and how many machines there are then. */
const stages: [string, () => boolean | Promise<boolean>, number][] = [
  ['queued', () => true, 0],
  ['booting', () => hasMachine() && machinesOf(set)[0]?.state === 'running', 1],
  ['claimed, and its runner waits', phaseIs('ready'), 1],
  ['given to its runner', () => set.hub.job('1').status === 'in_progress', 1],
  ['running', begun, 1],
];

describe('a run that is cancelled leaves no machine while its job is', () => {
  it.each(stages)('%s', async (_, holds, most) => {
    set = await film();
    set.hub.queue('1', { minutes: 60 });
    await set.until('the stage', holds);
    set.hub.end('1', 'cancelled');
    await allHasEnded(set, 15 * minute);
    expect(set.actors.size).toBeLessThanOrEqual(most);
    expect(set.problems).toEqual([]);
  });

  it('running as root, and its agent is gone', async () => {
    set = await film();
    set.hub.queue('1', { minutes: 60, root: true });
    await set.until('it runs', begun);
    set.hub.end('1', 'cancelled');
    await allHasEnded(set, 15 * minute);
    expect(set.actors.size).toBe(1);
  });

  it('over, its machine ends, and the next job of the run waits for its own', async () => {
    set = await film({ maximum: 1 });
    set.hub.queue('1');
    set.hub.queue('2');
    await set.until('the end of the first job', () => set.hub.job('1').status === 'completed');
    await set.until('the end of its machine', () => machinesOf(set)[0]?.endedAt !== undefined);
    set.hub.end('2', 'cancelled');
    await allHasEnded(set, 15 * minute);
    expect(set.hub.begun).toEqual(['1']);
    expect(set.actors.size).toBeLessThanOrEqual(2);
  });

  it('anything of these, of a matrix of 24', async () => {
    set = await film();
    const ids = Array.from({ length: 24 }, (_, nth) => String(nth + 1));
    set.temper = (nth) => ({ bootMs: (20 + nth * 15) * 1000 });
    for (const id of ids) set.hub.queue(id, { minutes: 1 + (Number(id) % 5) });
    await set.until('a third is over', () => isOver(ids).length >= 8);
    for (const id of ids) if (!isOver(ids).includes(id)) set.hub.end(id, 'cancelled');
    await allHasEnded(set, 15 * minute);
    expect(set.actors.size).toBeLessThanOrEqual(24);
  });
});

const isOver = (ids: string[]): string[] => ids.filter((id) => set.hub.job(id).status === 'completed');

describe('a run whose cancellation is told to nobody', () => {
  it.each(stages)('leaves no machine, nor a job that waits, while its job is %s', async (_, holds) => {
    set = await film();
    set.hub.queue('1', { minutes: 60 });
    await set.until('the stage', holds);
    set.post.delays = () => [];
    set.hub.end('1', 'cancelled');
    set.post.delays = () => [0];
    await allHasEnded(set);
    expect(set.actors.size).toBeLessThanOrEqual(1);
  });
});
