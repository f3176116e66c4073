// One call of a process to the world outside: takes time, may be lost, and the process may die at it.
import { Doubt } from '../../shared/scheduler/ports.ts';
import { second } from './time.ts';
import type { CallOptions, Process, World } from './world.ts';

/** How long a process waits for an answer before it doubts. */
const patienceMs = 5 * second;

/** Makes the calls of a world. */
export function callsIn(world: Pick<World, 'time' | 'chance' | 'faults' | 'faulty' | 'say'>): World['call'] {
  const { time, chance, faults, faulty, say } = world;
  /** Draws what becomes of a call. */
  const fateOf = ({ mortal }: Process, { lost = 0, answerLost = 0 }: CallOptions) => {
    const dies = mortal && faulty(faults.crash);
    const arrives = dies ? chance.chance(0.5) : !faulty(lost);
    return { dies, arrives, answered: !faulty(answerLost) };
  };
  return (process, what, effect, options = {}) =>
    new Promise((resolve, reject) => {
      if (!process.alive) return;
      const { low = 4, high = 30 } = options;
      const { dies, arrives, answered } = fateOf(process, options);
      const travel = (act: () => void): void => time.after(chance.between(low, high) / 2, act);
      const ifAlive = (act: () => void) => (): void => {
        if (process.alive) act();
      };
      const doubt = (why: string): void => {
        const error = new Doubt(`${what}: ${why}`);
        time.after(
          patienceMs,
          ifAlive(() => reject(error)),
        );
      };
      if (dies) {
        say(`${process.name} dies ${arrives ? 'after' : 'before'} ${what}`);
        process.alive = false;
      }
      if (!arrives) return doubt('no answer');
      travel(() => {
        void Promise.resolve()
          .then(effect)
          .then(
            (value) => (answered ? travel(ifAlive(() => resolve(value))) : doubt('answer lost')),
            (error: unknown) => travel(ifAlive(() => reject(error))),
          );
      });
    });
}
