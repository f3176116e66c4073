// Simulated functions: warm environments keep their memory, and end by crashes, limits and deployments.
import { describe, expect, it } from 'vitest';
import { minute, second } from '../time.ts';
import { createWorld, type Faults, noFaults, type Process } from '../world.ts';
import { sendTo, simulatedFunction } from './lambda.ts';

/** A function that answers how often its environment has worked. */
function counter(faults: Partial<Faults> = {}, work: (process: Process) => Promise<unknown> = async () => 0) {
  const world = createWorld(1, { ...noFaults, ...faults }, 0, 600 * minute);
  const processes: Process[] = [];
  let release = 1;
  const run = simulatedFunction<void, number>(world, {
    name: 'counter',
    limitSeconds: 10,
    release: () => release,
    create(process) {
      processes.push(process);
      let times = 0;
      return async () => {
        times += 1;
        await work(process);
        return times;
      };
    },
  });
  /** Invokes, and lets the time go by. */
  const invokeIn = async (ms: number): Promise<number | string> => {
    await world.time.runUntil(world.time.now() + ms);
    const answer = run.invoke().catch((error: unknown) => String(error));
    await world.time.runUntil(world.time.now() + 20 * second);
    return answer;
  };
  const deploy = (): void => {
    release += 1;
  };
  return { world, run, invokeIn, deploy, processes };
}

describe('a simulated function', () => {
  it('keeps what an environment remembers, until nobody has needed it for a while', async () => {
    const { invokeIn } = counter();
    expect([await invokeIn(0), await invokeIn(minute), await invokeIn(20 * minute)]).toEqual([1, 2, 1]);
  });

  it('begins anew when something else is deployed', async () => {
    const { invokeIn, deploy } = counter();
    expect(await invokeIn(0)).toBe(1);
    deploy();
    expect(await invokeIn(0)).toBe(1);
  });

  it('has an environment for each of those who work at once', async () => {
    const { world, run, processes } = counter({}, () => world.time.sleep(second));
    const answers = Promise.all([run.invoke(), run.invoke(), run.invoke()]);
    await world.time.runUntil(minute);
    expect(await answers).toEqual([1, 1, 1]);
    expect(processes).toHaveLength(3);
  });

  it('ends an environment whose process dies at a call', async () => {
    const one = counter({ crash: 1 }, (process) => one.world.call(process, 'a call', () => 0));
    expect(await one.invokeIn(0)).toBe('Died: counter has died');
    one.world.faults.crash = 0;
    expect(await one.invokeIn(0)).toBe(1);
  });

  it('ends an environment that hangs at its time limit', async () => {
    const one = counter({ hangs: 1 }, (process) => one.world.call(process, 'a call', () => 0));
    expect(await one.invokeIn(0)).toBe('Died: counter has run into its time limit');
    expect(one.processes[0]?.alive).toBe(false);
  });

  it('gives environments clocks that differ by five seconds at most, while the weather is foul', async () => {
    const { invokeIn, world, processes } = counter({ skew: 1 });
    for (let nth = 0; nth < 20; nth += 1) await invokeIn(10 * minute);
    const off = processes.map((process) => world.clockOf(process)() - Math.floor(world.time.now()));
    expect(Math.max(...off.map(Math.abs))).toBeLessThanOrEqual(5 * second);
    expect(new Set(off).size).toBeGreaterThan(10);
  });

  it('is asked twice more by events, when it fails', async () => {
    let times = 0;
    const { world, run } = counter({}, () => {
      times += 1;
      return Promise.reject(new Error('not today'));
    });
    void sendTo(world, run, undefined, 'an event');
    await world.time.runUntil(30 * minute);
    expect(times).toBe(3);
    void sendTo(world, run, undefined, 'a tick', 0);
    await world.time.runUntil(60 * minute);
    expect(times).toBe(4);
  });
});
