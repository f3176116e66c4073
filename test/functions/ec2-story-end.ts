// How stories on EC2 end: every job ran once, nothing is left in the cloud, at GitHub or unpaid.
import { expect } from 'vitest';
import type { PoolState } from '../../shared/scheduler/records.ts';
import type { Ledger } from '../../shared/scheduler/shared-records.ts';
import { isLiving, type Machine } from '../stand-ins/ec2/world.ts';
import { type Film, minute } from './ec2-story-stage.ts';

const prices: Record<string, number> = { 'g4dn.xlarge': 0.526, 'g6.xlarge': 0.8048 };

export const machinesOf = ({ actors }: Film): Machine[] => [...actors.values()].map(({ machine }) => machine);

export const stateOf = ({ store }: Film): Promise<PoolState> => store.open.read('gpu');

/** Of the day on which all stories begin. */
export const ledgerOf = ({ store }: Film): Promise<Ledger | undefined> =>
  store.open.get('+', 'ledger', '2026-11-21');

/** What AWS bills at most for the machines, in US dollars. */
export const billOf = (film: Film): number =>
  machinesOf(film).reduce(
    (sum, { type, launchedAt, endedAt = launchedAt }) =>
      sum + ((prices[type] ?? 0) * (endedAt - launchedAt)) / (60 * minute),
    0,
  );

async function isOver(film: Film): Promise<boolean> {
  const { builders, jobs, launches } = await stateOf(film);
  return (
    film.post.isEmpty() &&
    [...film.github.known.values()].every(({ status }) => status === 'completed') &&
    !machinesOf(film).some(isLiving) &&
    film.github.runnersNow.size === 0 &&
    jobs.every(({ phase }) => phase === 'done') &&
    builders.every(({ phase }) => phase === 'gone') &&
    launches.every(({ settledAt }) => settledAt !== undefined)
  );
}

/** In US dollars for a machine: a record may begin some seconds after its machine. */
const inexact = 0.004;

/** Plays until all is over. Then no launch is unpaid, and the ledger holds about what AWS bills. */
export async function allHasEnded(film: Film, withinMs = 30 * minute): Promise<void> {
  await film.until('the end of all', () => isOver(film), withinMs);
  const { open = {}, settled = {} } = (await ledgerOf(film)) ?? {};
  const usd = (settled.color ?? 0) / 1e6;
  expect(open).toEqual({});
  expect(usd).toBeGreaterThanOrEqual(billOf(film) - inexact * film.actors.size);
  expect(usd).toBeLessThanOrEqual(billOf(film) + 3 * inexact * film.actors.size);
}

/** Plays until all is over. Then each job has succeeded and ran once, on at most so many machines in all. */
export async function allIsWell(film: Film, most: number = film.github.known.size): Promise<void> {
  await allHasEnded(film);
  const jobs = [...film.github.known.values()];
  expect(jobs.map(({ conclusion }) => conclusion)).toEqual(jobs.map(() => 'success'));
  expect(film.hub.begun.toSorted()).toEqual(jobs.map(({ id }) => id).toSorted());
  expect(film.actors.size).toBeGreaterThanOrEqual(jobs.length);
  expect(film.actors.size).toBeLessThanOrEqual(most);
}
