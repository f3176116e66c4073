// One call of a process to the world outside: takes time, may be lost, and the process may die at it.
import { Doubt } from '../../shared/scheduler/ports.ts';
import { second } from './time.ts';
import type { CallOptions, Process, World } from './world.ts';

/** How long a process waits for an answer before it doubts. */
const patienceMs = 5 * second;

/** What becomes of a call. */
interface Fate {
  dies: boolean;
  /** Nothing is ever heard of it: the process runs into its time limit. */
  hangs: boolean;
  arrives: boolean;
  answered: boolean;
}

/** Makes the calls of a world. */
export function callsIn(world: Pick<World, 'time' | 'chance' | 'faults' | 'faulty' | 'say'>): World['call'] {
  const { time, chance, faults, faulty, say } = world;
  const fateOf = ({ mortal }: Process, { lost = 0, answerLost = 0 }: CallOptions): Fate => {
    const dies = mortal && faulty(faults.crash);
    const hangs = mortal && faulty(faults.hangs);
    const arrives = dies || hangs ? chance.chance(0.5) : !faulty(lost);
    return { dies, hangs, arrives, answered: !faulty(answerLost) };
  };
  const befall = (process: Process, what: string, { dies, hangs, arrives }: Fate): void => {
    if (dies || hangs)
      say(`${process.name} ${dies ? 'dies' : 'hangs'} ${arrives ? 'after' : 'before'} ${what}`);
    if (!dies) return;
    process.alive = false;
    process.died?.();
  };
  return (process, what, effect, options = {}) =>
    new Promise((resolve, reject) => {
      if (!process.alive) return;
      const { low = 4, high = 30 } = options;
      const fate = fateOf(process, options);
      const travel = (act: () => void): void => time.after(chance.between(low, high) / 2, act);
      const ifHeard = (act: () => void) => (): void => {
        if (process.alive && !fate.hangs) act();
      };
      const doubt = (why: string): void => {
        const error = new Doubt(`${what}: ${why}`);
        time.after(
          patienceMs,
          ifHeard(() => reject(error)),
        );
      };
      befall(process, what, fate);
      if (!fate.arrives) return doubt('no answer');
      travel(() => {
        void Promise.resolve()
          .then(effect)
          .then(
            (value) => (fate.answered ? travel(ifHeard(() => resolve(value))) : doubt('answer lost')),
            (error: unknown) => travel(ifHeard(() => reject(error))),
          );
      });
    });
}
