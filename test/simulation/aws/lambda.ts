// A simulated Lambda function: environments stay warm, run one invocation at a time, and die by faults and
// limits.
import { minute, second } from '../time.ts';
import type { Process, World } from '../world.ts';

export interface FunctionSettings<Event, Answer> {
  name: string;
  /** What one invocation may take. */
  limitSeconds: number;
  /** What is deployed: environments of anything else take no more invocations. */
  release(): unknown;
  /** Makes the handler of a new environment. What it remembers lives as long as the environment. */
  create(process: Process): (event: Event) => Promise<Answer>;
}

export interface SimulatedFunction<Event, Answer> {
  /** `about`: what the event is, for the story. Rejects when the handler throws, dies, or takes too long. */
  invoke(event: Event, about?: string): Promise<Answer>;
}

interface Environment<Event, Answer> {
  process: Process;
  handle(event: Event): Promise<Answer>;
  release: unknown;
  isBusy: boolean;
  /** Lambda lets go of it then, or sooner if nobody needs it. */
  until: number;
  idleSince: number;
}

/** An environment that nobody needs is gone after about this long. */
const idleMs = 7 * minute;
const largestSkewMs = 5 * second;

/** An invocation came to no answer. */
export class Died extends Error {
  override name = 'Died';
}

export function simulatedFunction<Event, Answer>(
  world: World,
  settings: FunctionSettings<Event, Answer>,
): SimulatedFunction<Event, Answer> {
  const { time } = world;
  const { name, limitSeconds } = settings;
  const take = environmentsOf(world, settings);
  return {
    invoke: (event, about) =>
      new Promise((resolve, reject) => {
        const { environment, startsInMs } = take();
        const { process } = environment;
        process.name = about === undefined ? name : `${name} (${about})`;
        let isOver = false;
        const end = (settle: () => void): void => {
          if (isOver) return;
          isOver = true;
          Object.assign(environment, { isBusy: false, idleSince: time.now() });
          settle();
        };
        const die = (why: string) => (): void =>
          end(() => {
            process.alive = false;
            reject(new Died(`${process.name} ${why}`));
          });
        process.died = die('has died');
        time.after(startsInMs, () => {
          environment.handle(event).then(
            (answer) => end(() => resolve(answer)),
            (error: unknown) => end(() => reject(error)),
          );
          time.after(limitSeconds * second, die('has run into its time limit'));
        });
      }),
  };
}

/** Takes a warm environment, or a new one, for one invocation. */
function environmentsOf<Event, Answer>(world: World, settings: FunctionSettings<Event, Answer>) {
  const { time, chance, faults, faulty } = world;
  let environments: Environment<Event, Answer>[] = [];
  const begin = (): Environment<Event, Answer> => {
    const process = world.process(settings.name, true);
    if (faulty(faults.skew)) process.skewMs = chance.between(-largestSkewMs, largestSkewMs);
    const until = time.now() + chance.between(20 * minute, 180 * minute);
    const handle = settings.create(process);
    return { process, handle, release: settings.release(), isBusy: false, until, idleSince: time.now() };
  };
  const isKept = ({ process, release, isBusy, until, idleSince }: Environment<Event, Answer>): boolean => {
    if (isBusy || !process.alive) return process.alive;
    const now = time.now();
    return release === settings.release() && now < until && now - idleSince < idleMs;
  };
  return (): { environment: Environment<Event, Answer>; startsInMs: number } => {
    environments = environments.filter(isKept);
    const warm = environments.find(({ isBusy }) => !isBusy);
    const startsInMs = warm ? chance.between(1, 5) : chance.between(150, 600);
    const environment = warm ?? begin();
    if (!warm) environments.push(environment);
    environment.isBusy = true;
    return { environment, startsInMs };
  };
}

/** Lambda's own pauses before it repeats an asynchronous invocation that failed. */
const pausesMs = [minute, 2 * minute];

/**
 * Invokes as events do, which nobody waits for: what fails is repeated, at most twice.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export async function sendTo<Event>(
  { time, say }: World,
  { invoke }: SimulatedFunction<Event, unknown>,
  event: Event,
  about: string,
  repetitions = pausesMs.length,
): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await invoke(event, about);
      return;
    } catch (error) {
      if (attempt >= repetitions) return say(`Lambda drops ${about}: ${String(error)}`);
      await time.sleep(pausesMs[attempt] ?? minute);
    }
  }
}
