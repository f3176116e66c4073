// A world: time, chance, faults, and processes that can die between any two of their calls.
import { callsIn } from './calls.ts';
import { type Strike, strikesOf } from './strikes.ts';
import { type Chance, seeded, type VirtualTime, virtualTime } from './time.ts';

/** How likely each kind of fault is. */
export interface Faults {
  /** A function dies at one of its calls, before or after the effect. */
  crash: number;
  /** A webhook delivery is lost, repeated, or late (up to eight minutes). */
  deliveryLost: number;
  deliveryTwice: number;
  deliveryLate: number;
  /** A call to the cloud or to GitHub is lost, or its answer is. */
  cloud: number;
  github: number;
  /** A builder's call, or its answer, is lost. */
  http: number;
  /**
   * A launch starts only some of its builders; a builder never boots; hangs after its claim; is taken
   * away.
   */
  partial: number;
  bootFails: number;
  wedged: number;
  spot: number;
  /** EC2 takes no more calls now; a machine is not fit for work, and says so. */
  throttled: number;
  unfit: number;
  /** The cloud's list leaves a machine out. */
  omitted: number;
  /** The queue gives a batch to two dispatchers. */
  overlap: number;
  /** Clocks of functions differ by up to five seconds. */
  skew: number;
  /** A function's call hangs, so that its time limit ends it. */
  hangs: number;
  /** DynamoDB or SQS takes no more calls now. */
  tableThrottled: number;
  /** A list is empty, or a part of it is silent, where plenty is. */
  emptyList: number;
  /** GitHub refuses all calls of an account for some minutes (a rate limit). */
  rateLimited: number;
  /** GitHub has a job queued whose run has ended: it never runs. */
  deadRun: number;
  /** A job without our labels, or of nobody here, takes one of our runners. */
  thief: number;
  /** An agent claims twice, says that it is busy or idle when it is not, or that it has finished. */
  lies: number;
  /** A job that is root kills the agent and the timer of its machine. */
  rootJob: number;
  /** A machine ignores its stop for some minutes. */
  deafToStop: number;
  /** Machines, volumes and interfaces of ours appear that nobody has on record. */
  strays: number;
  /** The schedule leaves a tick out, or runs it twice. */
  tick: number;
  /** GitHub deletes the registration of a busy runner all the same. */
  staleBusy: boolean;
  /** GitHub refuses runners in this scope: the App is not installed there, say. */
  refusedScope?: string;
}

export const noFaults: Faults = {
  crash: 0,
  deliveryLost: 0,
  deliveryTwice: 0,
  deliveryLate: 0,
  cloud: 0,
  github: 0,
  http: 0,
  partial: 0,
  bootFails: 0,
  wedged: 0,
  spot: 0,
  throttled: 0,
  unfit: 0,
  omitted: 0,
  overlap: 0,
  skew: 0,
  hangs: 0,
  tableThrottled: 0,
  emptyList: 0,
  rateLimited: 0,
  deadRun: 0,
  thief: 0,
  lies: 0,
  rootJob: 0,
  deafToStop: 0,
  strays: 0,
  tick: 0,
  staleBusy: false,
};

/** One running function or agent. A dead one hears no answer any more. */
export interface Process {
  name: string;
  alive: boolean;
  /** Functions die by faults, agents only with their machine. */
  mortal: boolean;
  /** How much later than the world's its clock is, in foul weather. */
  skewMs: number;
  /** Called when it dies at one of its calls. */
  died?: () => void;
}

export interface CallOptions {
  low?: number;
  high?: number;
  /** Chance that the call never arrives, or that its answer is lost: the caller gets `Doubt`. */
  lost?: number;
  answerLost?: number;
}

export interface World {
  time: VirtualTime;
  chance: Chance;
  faults: Faults;
  /** Faults happen until this time. */
  faultsEnd: number;
  /** Can faults happen now? */
  isFoul(): boolean;
  faulty(p: number): boolean;
  process(name: string, mortal: boolean): Process;
  /** The clock of a process: whole milliseconds. */
  clockOf(process: Process): () => number;
  /** One call of a process to the world outside: takes time, may be lost, and the process may die at it. */
  call<T>(process: Process, what: string, effect: () => T | Promise<T>, options?: CallOptions): Promise<T>;
  say(text: string): void;
  story: string[];
  /** Notes that invariants are broken, also in the story. */
  breaks(...whats: string[]): void;
  violations: string[];
  /** How many faults have happened so far, and which. */
  mishaps(): number;
  strikes: Strike[];
}

/** Lines of a story: of a year only the end is kept. */
const longest = 40_000;

/**
 * Starts a world. Its story is kept, to be printed when an invariant breaks. `weather`: is it foul then?
 * `only`: the names of the faults that happen, of those that might.
 */
export function createWorld(
  seed: number,
  faults: Faults,
  start: number,
  faultsEnd: number,
  weather: (now: number) => boolean = () => true,
  only?: ReadonlySet<string>,
): World {
  const time = virtualTime(start);
  const chance = seeded(seed);
  const story: string[] = [];
  const violations: string[] = [];
  const strikes = strikesOf(faults, chance, time.now, only);
  const isFoul = (): boolean => time.now() < faultsEnd && weather(time.now());
  const faulty = (p: number): boolean => isFoul() && strikes.decide(p);
  const say = (text: string): void => {
    if (story.length > longest) story.splice(0, longest / 2);
    story.push(`${((time.now() - start) / 1000).toFixed(1).padStart(8)}s  ${text}`);
  };
  const breaks = (...whats: string[]): void => {
    violations.push(...whats);
    for (const what of whats) say(`BROKEN: ${what}`);
  };
  return {
    time,
    chance,
    faults,
    faultsEnd,
    isFoul,
    faulty,
    say,
    story,
    violations,
    breaks,
    mishaps: () => strikes.all.length,
    strikes: strikes.all,
    process: (name, mortal) => ({ name, alive: true, mortal, skewMs: 0 }),
    clockOf: (process) => () => Math.floor(time.now() + (isFoul() ? process.skewMs : 0)),
    call: callsIn({ time, chance, faults, faulty, say }),
  };
}

/** Takes an error that escaped from a process: none may. */
export const broken =
  (world: Pick<World, 'breaks'>, name: string) =>
  (error: unknown): void =>
    world.breaks(`${name} threw ${String(error)}`);
