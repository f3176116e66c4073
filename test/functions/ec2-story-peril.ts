// What befalls a dispatcher in a story: it dies at one of its calls, or another one comes between two.

/** A call on its way: `put launch`, `createFleet us-east-1`. */
export type Gate = <T>(call: string, work: () => Promise<T>) => Promise<T>;

export interface Peril {
  around: Gate;
  /** The process has died of it. */
  isOver(): boolean;
}

export const calm: Peril = { around: (_, work) => work(), isOver: () => false };

export class Dead extends Error {}

/** Dies before or after its `nth` call (from 1) has had its effect: no later call has any. */
export function dyingAt(nth: number, when: 'before' | 'after'): Peril & { met(): string | undefined } {
  let calls = 0;
  let last: string | undefined;
  return {
    async around(call, work) {
      calls += 1;
      if (calls > nth) throw new Dead(call);
      if (calls < nth) return work();
      last = call;
      if (when === 'after') await work();
      throw new Dead(call);
    },
    isOver: () => last !== undefined,
    met: () => last,
  };
}

/** Lets `other` happen as a whole before the `nth` call. */
export function interrupted(nth: number, other: () => Promise<void>): Peril & { met(): string | undefined } {
  let calls = 0;
  let met: string | undefined;
  return {
    async around(call, work) {
      calls += 1;
      if (calls === nth) {
        met = call;
        await other();
      }
      return work();
    },
    isOver: () => false,
    met: () => met,
  };
}

/** Writes down all calls. */
export function noting(calls: string[]): Peril {
  return {
    around(call, work) {
      calls.push(call);
      return work();
    },
    isOver: () => false,
  };
}

/** The port, whose every call goes through the gate. */
export const through = <Port extends object>(gate: Gate, port: Port): Port =>
  new Proxy(port, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...args: unknown[]) =>
        gate(`${String(name)} ${aboutOf(args[0])}`, async () => Reflect.apply(method, target, args));
    },
  });

/** A partition, a region, or the kind of a record. */
const aboutOf = (first: unknown): string => {
  if (typeof first === 'string') return first;
  return typeof first === 'object' && first !== null && 'kind' in first ? String(first.kind) : '';
};
