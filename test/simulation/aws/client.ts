// Calls of AWS as a function makes them by the light client, which repeats what fails, and gives up in the
// end.
import { AwsError } from '../../../shared/runtime/aws/signed.ts';
import { second } from '../time.ts';
import type { Process, World } from '../world.ts';

/** `effect` may happen more than once: the client repeats what was not answered. */
export type Ask = <T>(what: string, effect: () => T) => Promise<T>;

/** The client gives up on an answer after three seconds, and on the call after three tries. */
const patienceMs = 3 * second;
const tries = 3;

/** Its pauses between tries, in all. */
const throttledMs = { low: 100, high: 600 };

/** How AWS fails: it takes no more calls, an answer is lost, or all are, though the call had its effect. */
const ways = ['throttled', 'throttled', 'repeated', 'repeated', 'unanswered'] as const;

/** The calls of one process. */
export function clientOf(world: World, process: Process): Ask {
  const { chance, faults, faulty } = world;
  return async (what, effect) => {
    if (!faulty(faults.tableThrottled)) return world.call(process, what, effect);
    switch (chance.pick(ways)) {
      case 'throttled':
        return world.call(
          process,
          `${what}, throttled`,
          () => refuse(what, 'ThrottlingException'),
          throttledMs,
        );
      case 'repeated':
        await world.call(process, what, effect, { low: patienceMs, high: patienceMs + second / 2 });
        return world.call(process, `${what} again`, effect);
      case 'unanswered': {
        const long = { low: tries * patienceMs, high: tries * patienceMs + second };
        await world.call(process, what, effect, long);
        return refuse(what, 'NoAnswer');
      }
    }
  };
}

function refuse(what: string, code: string): never {
  throw new AwsError(what, { code, status: code === 'NoAnswer' ? 0 : 400 });
}
