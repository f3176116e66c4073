// Waiting for what must come true.
import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until the answer is neither false nor undefined. Throws after `ms`, and says what never came. */
export async function until<T>(
  condition: () => T | false | undefined | Promise<T | false | undefined>,
  what: string,
  ms = 60_000,
  pauseMs = 25,
): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    const answer = await condition();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`not within ${ms / 1000} s: ${what}`);
    await sleep(pauseMs);
  }
}
