// Calls of agents over HTTPS: each is a new function run that may die; requests and answers may be lost.
import type { Ports } from '../../shared/operations/ports.ts';
import type { Spoken } from '../../shared/operations/speaker.ts';
import { second } from './time.ts';
import type { Process, World } from './world.ts';

/** Asks up to so many times. Undefined: no answer, or a refusal. */
export type Call = <T>(
  what: string,
  run: (ports: Ports) => Promise<Spoken<T>>,
  tries: number,
) => Promise<T | undefined>;

export interface Service {
  world: World;
  /** The ports of a new function run. */
  ports(process: Process): Ports;
}

/** The calls of a process on a machine. */
export function caller({ world, ports }: Service, process: Process): Call {
  const once = <T>(what: string, run: (ports: Ports) => Promise<Spoken<T>>): Promise<T | undefined> =>
    new Promise((resolve) => {
      world.time.after(35 * second, () => resolve(undefined));
      if (world.faulty(world.faults.http)) return;
      const lambda = world.process(`${what} of ${process.name}`, true);
      world.time.after(30 * second, () => {
        lambda.alive = false;
      });
      run(ports(lambda)).then(
        (spoken) => {
          if (!world.faulty(world.faults.http)) resolve(spoken.status === 200 ? spoken.answer : undefined);
        },
        (error: unknown) => {
          world.say(`${what}: ${String(error)}`);
          resolve(undefined);
        },
      );
    });
  return async (what, run, tries) => {
    for (let attempt = 1; attempt <= tries && process.alive; attempt += 1) {
      const answer = await once(what, run);
      if (answer !== undefined) return answer;
      await world.time.sleep(world.chance.between(second, 4 * second) * attempt);
    }
    return undefined;
  };
}
