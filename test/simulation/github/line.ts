// Who waits for whom at a simulated GitHub: queued jobs and idle runners, by kind, so that thousands of each
// find one another fast.
import type { SimulatedJob, SimulatedRunner } from './records.ts';

/** How many jobs of one kind a runner may choose from. */
const choices = 20;

export interface Line {
  add(job: SimulatedJob): void;
  drop(job: SimulatedJob): void;
  /** The runner waits for a job, or does not any more. */
  rest(runner: SimulatedRunner): void;
  wake(runner: SimulatedRunner): void;
  /** Does any job wait? */
  isAsked(): boolean;
  /** An idle runner with the first of the jobs that fit it, oldest first of each kind. */
  pair(): { runner: SimulatedRunner; jobs: SimulatedJob[] } | undefined;
}

/** Of jobs and runners of one kind, each is as good as any other. */
interface Kind<T> {
  place: string;
  labels: ReadonlySet<string>;
  /** By id, in the order in which they came. */
  all: Map<string, T>;
}

const folded = (labels: readonly string[]): string[] => labels.map((label) => label.toLowerCase()).sort();

function kinds<T>() {
  const byName = new Map<string, Kind<T>>();
  return {
    all: byName,
    of(place: string, labels: readonly string[]): Kind<T> {
      const words = folded(labels);
      const name = [place, ...words].join('\n');
      const kind = byName.get(name) ?? { place, labels: new Set(words), all: new Map<string, T>() };
      byName.set(name, kind);
      return kind;
    },
  };
}

const isCovered = (job: Kind<SimulatedJob>, { labels }: Kind<SimulatedRunner>): boolean =>
  [...job.labels].every((label) => labels.has(label));

/** The first of many, without a look at the rest. */
function first<T>(all: ReadonlyMap<string, T>, most: number): T[] {
  const some: T[] = [];
  for (const one of all.values()) if (some.push(one) >= most) break;
  return some;
}

/** `covers`: may a runner in this scope get jobs of this repository? */
export function jobLine(covers: (scope: string, repository: string) => boolean): Line {
  const jobs = kinds<SimulatedJob>();
  const idle = kinds<SimulatedRunner>();
  const known = new Map<Kind<SimulatedRunner>, Map<Kind<SimulatedJob>, boolean>>();
  let waiting = 0;

  const fits = (runners: Kind<SimulatedRunner>, wanted: Kind<SimulatedJob>): boolean => {
    const answers = known.get(runners) ?? new Map<Kind<SimulatedJob>, boolean>();
    known.set(runners, answers);
    const answer = answers.get(wanted) ?? (covers(runners.place, wanted.place) && isCovered(wanted, runners));
    answers.set(wanted, answer);
    return answer;
  };
  const jobsFor = (runners: Kind<SimulatedRunner>): SimulatedJob[] =>
    [...jobs.all.values()]
      .filter((kind) => kind.all.size > 0 && fits(runners, kind))
      .flatMap((kind) => first(kind.all, choices));
  const jobsLike = ({ repository, labels }: SimulatedJob) => jobs.of(repository, labels).all;
  const runnersLike = ({ scope, labels }: SimulatedRunner) => idle.of(scope, labels).all;

  return {
    add(job) {
      jobsLike(job).set(job.id, job);
      waiting += 1;
    },
    drop(job) {
      if (jobsLike(job).delete(job.id)) waiting -= 1;
    },
    rest: (runner) => void runnersLike(runner).set(runner.name, runner),
    wake: (runner) => void runnersLike(runner).delete(runner.name),
    isAsked: () => waiting > 0,
    pair() {
      if (waiting === 0) return undefined;
      for (const kind of idle.all.values()) {
        const [runner] = first(kind.all, 1);
        const fitting = runner ? jobsFor(kind) : [];
        if (runner && fitting.length > 0) return { runner, jobs: fitting };
      }
      return undefined;
    },
  };
}
