// Processes that take turns: each call to the world outside waits for its turn, and a process may die at any.
import type { Scheduler } from 'fast-check';
import type { Ports } from '../../shared/operations/ports.ts';

/** A function ends after this time (ms), wherever it is. */
const longestMs = 30_000;

export interface Processes {
  /** Starts a process with ports of its own. What it throws is kept, unless it died. */
  start(run: (ports: Ports) => Promise<unknown>): void;
  /** One of those that live dies where it is. */
  kill(index: number): void;
  /** Lets one call go on. False: none waits. */
  step(): Promise<boolean>;
  /** Lets all go on to their end. */
  finish(): Promise<void>;
  errors: unknown[];
}

interface Process {
  dead: boolean;
  diesAt: number;
}

/** @param after Called after each call to the world outside. */
export function processes(ports: Ports, turns: Scheduler, after: () => Promise<void>): Processes {
  const living = new Set<Process>();
  const errors: unknown[] = [];
  const turn = async (process: Process): Promise<void> => {
    await turns.schedule(Promise.resolve());
    if (process.dead || ports.clock.now() > process.diesAt) await never;
  };
  const step = async (): Promise<boolean> => {
    // What a process does between two calls takes no turn.
    await new Promise(setImmediate);
    if (turns.count() === 0) return false;
    await turns.waitOne();
    return true;
  };
  return {
    errors,
    start(run) {
      const process = { dead: false, diesAt: ports.clock.now() + longestMs };
      living.add(process);
      run(portsThrough(ports, () => turn(process), after))
        .catch((error) => void errors.push(error))
        .finally(() => living.delete(process));
    },
    kill(index) {
      const process = [...living][index % Math.max(1, living.size)];
      if (!process) return;
      process.dead = true;
      living.delete(process);
    },
    step,
    async finish() {
      for (let more = true; more; ) more = await step();
    },
  };
}

/** The ports of one process: tables and clouds wait for its turn, before a call and after it. */
function portsThrough(ports: Ports, turn: () => Promise<void>, after: () => Promise<void>): Ports {
  const gated = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function' || name === 'request') return method;
        return async (...args: unknown[]) => {
          await turn();
          const answer = await Reflect.apply(method, target, args);
          await after();
          await turn();
          return answer;
        };
      },
    });
  const providers = Object.entries(ports.providers).map(([name, provider]) => [name, gated(provider)]);
  return {
    ...ports,
    open: gated(ports.open),
    history: gated(ports.history),
    hosts: ports.hosts && gated(ports.hosts),
    providers: Object.fromEntries(providers),
  };
}

/** What a dead process waits for. */
const never = new Promise<void>(() => undefined);
