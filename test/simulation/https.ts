// Calls of agents over HTTPS, to the real builder API: requests and answers may be lost.
import { second } from './time.ts';
import type { Process, World } from './world.ts';

/** The calls of the claim protocol. */
export type Path = 'claim' | 'job' | 'progress' | 'finished';

/** Asks up to so many times. Undefined: no answer, or a refusal. */
export type Call = <T>(what: Path, body: object, tries: number) => Promise<T | undefined>;

/** What API Gateway answers. */
export interface Answer {
  status: number;
  text: string;
}

export interface Service {
  world: World;
  /** One request that arrives. `source`: the address that it comes from. */
  post(what: Path, body: object, source: string): Promise<Answer>;
}

/** How long an agent waits for an answer. */
const patienceMs = 35 * second;

/** The calls of a process on a machine with this address. */
export function caller({ world, post }: Service, process: Process, source = '192.0.2.1'): Call {
  const { time, chance, faults, faulty } = world;
  const once = <T>(what: Path, body: object): Promise<T | undefined> =>
    new Promise((resolve) => {
      time.after(patienceMs, () => resolve(undefined));
      if (faulty(faults.http)) return;
      void post(what, body, source).then((answer) => {
        if (!faulty(faults.http)) resolve(contentOf(answer));
      });
    });
  return async <T>(what: Path, body: object, tries: number) => {
    for (let attempt = 1; attempt <= tries && process.alive; attempt += 1) {
      const answer = await once<T>(what, body);
      if (answer !== undefined) return answer;
      await time.sleep(chance.between(second, 4 * second) * attempt);
    }
    return undefined;
  };
}

function contentOf<T>({ status, text }: Answer): T | undefined {
  if (status !== 200) return undefined;
  const content: T = JSON.parse(text);
  return content;
}
