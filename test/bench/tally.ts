// Counts calls to the world outside by who makes them and of which kind, and lets them take virtual time.
import type { GitHub, Provider } from '../../shared/scheduler/ports.ts';
import type { PoolState } from '../../shared/scheduler/records.ts';
import type { VirtualTime } from '../simulation/time.ts';

/** `items`: records that the reads have answered, which is what DynamoDB charges for. */
export type What = 'reads' | 'items' | 'writes' | 'rings' | 'GitHub' | 'provider';

/** The functions. The reaper is counted apart when nothing is open. */
export type Who = 'webhook' | 'dispatcher' | 'builder-api' | 'cloud-events' | 'reaper' | 'idle reaper';

/** How long a call takes (ms): about what AWS and GitHub need. */
const tookMs: Record<What, number> = {
  reads: 8,
  items: 0,
  writes: 10,
  rings: 12,
  GitHub: 200,
  provider: 1000,
};

export type Tally = ReturnType<typeof tallyIn>;

/** An empty tally in a world with this clock. */
export function tallyIn(time: VirtualTime) {
  const counts = new Map<string, number>();
  const add = (who: Who, what: What, times = 1): void => {
    const key = `${who} ${what}`;
    counts.set(key, (counts.get(key) ?? 0) + times);
  };

  const call = async <T>(who: Who, what: What, effect: () => T): Promise<Awaited<T>> => {
    add(who, what);
    await time.sleep(tookMs[what] / 2);
    const answer = await effect();
    await time.sleep(tookMs[what] / 2);
    if (what === 'reads') add(who, 'items', sizeOf(answer));
    return answer;
  };

  type KindOf = (method: string) => What | undefined;
  /** The port with every call counted that is of a kind. */
  const through = <Port extends object>(who: Who, port: Port, kindOf: KindOf): Port =>
    new Proxy(port, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name);
        const kind = kindOf(String(name));
        if (typeof method !== 'function' || kind === undefined) return method;
        return (...args: unknown[]) => call(who, kind, () => Reflect.apply(method, target, args));
      },
    });

  return {
    call,
    table: <Port extends object>(who: Who, port: Port): Port =>
      through(who, port, (method) => (method === 'put' || method === 'remove' ? 'writes' : 'reads')),
    provider: (who: Who, provider: Provider): Provider =>
      through(who, provider, (method) => (method === 'request' ? undefined : 'provider')),
    gitHub: (who: Who, { jobs, runners, checks, deliveries, allowance }: GitHub): GitHub => ({
      jobs: through(who, jobs, () => 'GitHub'),
      // The address of the runner program is kept: it costs one call an hour.
      runners: { ...through(who, runners, () => 'GitHub'), download: runners.download },
      checks: through(who, checks, () => 'GitHub'),
      deliveries: through(who, deliveries, () => 'GitHub'),
      allowance,
    }),
    /** How often so far; without `who` by anybody. */
    count: (what: What, who?: Who): number =>
      [...counts]
        .filter(([key]) => (who === undefined ? key.endsWith(` ${what}`) : key === `${who} ${what}`))
        .reduce((sum, [, times]) => sum + times, 0),
  };
}

/** An empty answer is charged like a small record. */
function sizeOf(answer: unknown): number {
  return isState(answer)
    ? 1 + answer.launches.length + answer.builders.length + answer.jobs.length + answer.runs.length
    : 1;
}

const isState = (answer: unknown): answer is PoolState =>
  typeof answer === 'object' && answer !== null && 'builders' in answer;
