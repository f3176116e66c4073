// How stories on Macs end: every job ran once, nothing is left in the cloud, at GitHub or unpaid.
import { expect } from 'vitest';
import type { PoolState } from '../../shared/scheduler/records.ts';
import { isReleased, leastMs } from '../stand-ins/ec2/hosts.ts';
import { isLiving } from '../stand-ins/ec2/world.ts';
import { hour, type MacFilm, minute } from './mac-story-stage.ts';

export const stateOf = ({ store }: MacFilm): Promise<PoolState> => store.open.read('mac');

export const jobsDone = ({ github }: MacFilm): boolean =>
  [...github.known.values()].every(({ status }) => status === 'completed');

async function isOver(film: MacFilm): Promise<boolean> {
  const { hosts, builders, jobs, launches } = await stateOf(film);
  return (
    film.post.isEmpty() &&
    jobsDone(film) &&
    film.ec2.hosts().every(isReleased) &&
    !film.ec2.machines().some(isLiving) &&
    film.github.runnersNow.size === 0 &&
    jobs.every(({ phase }) => phase === 'done') &&
    builders.every(({ phase }) => phase === 'gone') &&
    launches.every(({ phase }) => phase !== 'asked') &&
    hosts.every(({ phase, settledAt }) => phase === 'gone' && settledAt !== undefined)
  );
}

/**
 * Lets the day pass of all hosts that are there, but for its last half hour. Jobs that run are over by then.
 */
export async function untilEvening(film: MacFilm): Promise<void> {
  const { now } = film.ports.clock;
  const left = film.ec2.hosts().filter((host) => !isReleased(host));
  const evening = Math.max(...left.map(({ allocatedAt }) => allocatedAt)) + leastMs - hour / 2;
  while (evening - now() > 20 * minute) {
    const isQuiet = !film.ec2.machines().some(isLiving) && left.every(({ state }) => state === 'available');
    // Jumps are short enough for a scrub and a stay to be seen at all.
    film.later(isQuiet ? evening - now() - 10 * minute : 18 * minute);
    await film.play(2 * minute);
  }
  if (evening > now()) await film.play(evening - now());
}

/** In US dollars for a host: what was seen each minute only counts from one sighting to another. */
const inexact = { less: 0.01, more: 0.1 };

/** Plays until all hosts are released. Then nothing has gone wrong, and people see about what EC2 bills. */
export async function allHasEnded(film: MacFilm): Promise<void> {
  await film.until('the end of all jobs', () => jobsDone(film), 12 * hour);
  await untilEvening(film);
  await film.until('the end of all', () => isOver(film), 3 * hour);
  expect([...film.watch.wrongs]).toEqual([]);
  const { ledgers } = await film.store.open.read('+');
  expect(ledgers.flatMap(({ open }) => Object.keys(open))).toEqual([]);
  const shown = new Map((await film.shown()).map((view) => [view.id, view]));
  for (const [id, ms] of film.watch.billedMs()) {
    const { usd = 0, usdPerHour = 0, phase } = shown.get(id) ?? {};
    expect(phase).toBe('released');
    expect(usdPerHour).toBeGreaterThan(0);
    expect(usd).toBeGreaterThan((ms / hour) * usdPerHour - inexact.less);
    expect(usd).toBeLessThan((ms / hour) * usdPerHour + inexact.more);
  }
}

/** Plays until all has ended. Then each job has succeeded and ran once, on so many hosts at most. */
export async function allIsWell(film: MacFilm, most = 1): Promise<void> {
  await allHasEnded(film);
  const jobs = [...film.github.known.values()];
  expect(jobs.map(({ conclusion }) => conclusion)).toEqual(jobs.map(() => 'success'));
  expect(film.hub.begun.toSorted()).toEqual(jobs.map(({ id }) => id).toSorted());
  expect(film.ec2.hosts().length).toBeLessThanOrEqual(most);
}
