// Demand for Macs: when jobs come in a month, in four patterns that projects know.
import type { Time } from '../scheduler/records.ts';
import { between, type Luck } from './luck.ts';
import { day, hour, minute } from './units.ts';

/** A job that will be queued, and how long it will run. */
export interface Demand {
  id: string;
  at: Time;
  repository: string;
  ms: number;
}

/** All months begin here: a Monday, 00:00 UTC. */
export const monthBegins: Time = Date.UTC(2026, 5, 1);

/** The jobs of one day. `date`: days since the month began. */
type Pattern = (date: number, luck: Luck) => Omit<Demand, 'id'>[];

const repositories = ['example/renderer', 'example/colors', 'example/volumes'] as const;

/** What a pattern is, in words, and its jobs. */
export const patterns = {
  nightly: {
    about: 'a matrix of 4 jobs of one repository, each night at 02:00',
    jobs: (date, luck) => matrix(4, 2 * hour, date, luck),
  },
  'working-day': {
    about: '6 to 12 jobs of 3 repositories, 09:00 to 18:00 on weekdays',
    jobs: (date, luck) => (isWeekday(date) ? scattered(date, luck) : []),
  },
  burst: {
    about: 'ten jobs of one repository at once, one or two times a week',
    jobs: (date, luck) =>
      burstDays(weekOf(date), luck).flatMap((burst, nth) =>
        burst === date % 7 ? matrix(10, workingHour(`${date}/${nth}`, luck), date, luck, nth) : [],
      ),
  },
  weekly: {
    about: 'one job a week',
    jobs: (date, luck) =>
      weekdayOf(`week ${weekOf(date)}`, luck) === date % 7
        ? matrix(1, workingHour(String(date), luck), date, luck)
        : [],
  },
} satisfies Record<string, { about: string; jobs: Pattern }>;

export type PatternName = keyof typeof patterns;

export const patternNames: readonly PatternName[] = ['nightly', 'working-day', 'burst', 'weekly'];

/** The jobs of so many days, in the order in which they are queued. */
export const demandOf = (pattern: PatternName, days: number, luck: Luck): Demand[] =>
  Array.from({ length: days }, (_, date) => patterns[pattern].jobs(date, luck))
    .flat()
    .sort((a, b) => a.at - b.at)
    .map((job, index) => ({ id: String(index + 1), ...job }));

const weekOf = (date: number): number => Math.floor(date / 7);

const isWeekday = (date: number): boolean => date % 7 < 5;

const weekdayOf = (of: string, luck: Luck): number => Math.floor(between(0, 5, luck('weekday', of)));

/** Since midnight. */
const workingHour = (of: string, luck: Luck): number => between(9 * hour, 18 * hour, luck('hour', of));

function burstDays(week: number, luck: Luck): number[] {
  const first = weekdayOf(`first of week ${week}`, luck);
  const second = weekdayOf(`second of week ${week}`, luck);
  return luck('is there a second', String(week)) < 0.5 ? [first, second] : [first];
}

/** Jobs of one run: all at once, each half an hour or a bit more or less. */
function matrix(size: number, after: number, date: number, luck: Luck, nth = 0): Omit<Demand, 'id'>[] {
  return Array.from({ length: size }, (_, index) => ({
    at: monthBegins + date * day + after,
    repository: repositories[0],
    ms: between(20, 45, luck('length', `${date}/${nth}/${index}`)) * minute,
  }));
}

function scattered(date: number, luck: Luck): Omit<Demand, 'id'>[] {
  const size = Math.floor(between(6, 13, luck('size', String(date))));
  return Array.from({ length: size }, (_, index) => {
    const of = `${date}/${index}`;
    const repository = repositories[Math.floor(between(0, repositories.length, luck('repository', of)))];
    return {
      at: monthBegins + date * day + workingHour(of, luck),
      repository: repository ?? repositories[0],
      ms: between(10, 40, luck('length', of)) * minute,
    };
  });
}
