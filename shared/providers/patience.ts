// Calls of a cloud, repeated where that may help.
import { setTimeout as pause } from 'node:timers/promises';

/** How often a call is made in all, when it is throttled, and when it was not answered. */
export interface Tries {
  throttled: number;
  doubt: number;
}

const pauseMs = 100;

/**
 * Repeats a call that was throttled or not answered, as `kindOf` reads its error. A doubt of an earlier try
 * outlives the refusal of a later one: the SDK's own retries would throw only the last.
 */
export async function patiently<T>(
  call: () => Promise<T>,
  kindOf: (error: unknown) => string,
  tries: Tries,
): Promise<T> {
  let doubt: unknown;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      const kind = kindOf(error);
      if (kind === 'doubt') doubt ??= error;
      const limit = kind === 'doubt' || kind === 'throttled' ? tries[kind] : 1;
      if (attempt >= limit) throw doubt ?? error;
      await pause(pauseMs * 2 ** attempt * (0.5 + Math.random() / 2));
    }
  }
}
