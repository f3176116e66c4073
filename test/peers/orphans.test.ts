// Orphans by the thousand: in runs-on issue 459 a user was left with 8,000 instances that nobody ended. Here
// are as many, of ours and without a record, in virtual time: each call takes its time, and EC2 throttles.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createReaper } from '../../functions/reaper/reaper.ts';
import { machineTags } from '../../shared/contract/machine.ts';
import type { Ports } from '../../shared/operations/ports.ts';
import { crew } from '../functions/crew.ts';
import { callsTo, reaperPorts } from '../functions/ec2-story-cloud.ts';
import { type Gate, through } from '../functions/ec2-story-peril.ts';
import { type Film, film, home, minute } from '../functions/ec2-story-stage.ts';
import { throttled } from '../stand-ins/ec2/trouble.ts';
import { isLiving } from '../stand-ins/ec2/world.ts';

vi.setConfig({ testTimeout: 60_000 });

const second = 1000;
/** The time limit of the reaper's function. */
const limitMs = minute;

/** What a call takes, and how many are under way at once. */
const tookMs = { table: 20, ec2: 200 };
const width = 10;

let set: Film | undefined;
afterEach(async () => {
  await set?.close();
  set = undefined;
});

/** Tokens of a bucket that is full at first, by EC2's way to throttle. */
function bucket(now: () => number, size: number, perSecond: number): { take(n: number): boolean } {
  let [left, at] = [size, now()];
  return {
    take(n) {
      left = Math.min(size, left + ((now() - at) / second) * perSecond);
      at = now();
      if (left < n) return false;
      left -= n;
      return true;
    },
  };
}

/** The ports of the reaper. Their calls take time, and EC2 ends nothing for so long, nor too much at once. */
function slowPorts({ ports, ec2, later }: Film, busyMs: number, throttles: () => void): Ports {
  const { now } = ports.clock;
  const requests = bucket(now, 100, 5);
  const instances = bucket(now, 1000, 20);
  const calls = callsTo(ec2.url);
  const until = now() + busyMs;
  let asked = 0;
  ec2.trouble.refuse = ({ operation }) => {
    later(tookMs.ec2 / width);
    if (operation !== 'TerminateInstances') return undefined;
    if (now() >= until && requests.take(1) && instances.take(asked)) return undefined;
    throttles();
    return throttled;
  };
  const slowly: Gate = (_, work) => {
    later(tookMs.table / width);
    return work();
  };
  const terminate: typeof calls.terminate = (region, ids) => {
    asked = ids.length;
    return calls.terminate(region, ids);
  };
  const tables = { open: through(slowly, ports.open), history: through(slowly, ports.history) };
  return reaperPorts({ ...ports, ...tables }, { ...calls, terminate });
}

interface Cleaning {
  sweeps: number;
  minutes: number;
  /** Of the longest sweep. */
  longestMs: number;
  terminations: number;
  /** How often EC2 was throttling. */
  refusals: number;
}

/** Sweeps each minute until nothing is left. */
async function cleaned(n: number, launch?: string, busyMs = 0): Promise<Cleaning> {
  const on = await film();
  set = on;
  const { now } = on.ports.clock;
  const tags = { [machineTags.installation]: 'test', ...(launch && { [machineTags.launch]: launch }) };
  for (let nth = 0; nth < n; nth += 1) on.ec2.plant(tags, { region: home });
  let refusals = 0;
  const count = (): void => {
    refusals += 1;
  };
  const reaper = createReaper(slowPorts(on, busyMs, count));
  const beganAt = now();
  let [sweeps, longestMs] = [0, 0];
  while (on.ec2.machines().some(isLiving)) {
    const at = now();
    await reaper().catch(() => undefined);
    longestMs = Math.max(longestMs, now() - at);
    sweeps += 1;
    on.later(Math.max(0, minute - (now() - at)));
  }
  const terminations = on.ec2.calls.TerminateInstances;
  return { sweeps, minutes: (now() - beganAt) / minute, longestMs, terminations, refusals };
}

describe('8,000 instances of ours that nobody has on record', () => {
  it('are gone after nine sweeps, which take 80 calls to end them, and none is throttled', async () => {
    const { longestMs, ...cleaning } = await cleaned(8000);
    expect(cleaning).toEqual({ sweeps: 9, minutes: 9, terminations: 80, refusals: 0 });
    expect(longestMs).toBeLessThan(limitMs);
    expect((await set?.store.open.read('+'))?.sweeps).toMatchObject([{ today: { more: 7900 } }]);
  });

  it('of launches that nobody knows are gone ten minutes later, since they may be unread', async () => {
    const { longestMs, ...cleaning } = await cleaned(2000, 'gpu-77');
    expect(cleaning).toEqual({ sweeps: 12, minutes: 12, terminations: 20, refusals: 0 });
    expect(longestMs).toBeLessThan(limitMs);
  });

  it('outlive no time at which EC2 takes no calls', async () => {
    const { sweeps, refusals } = await cleaned(200, undefined, 4 * minute);
    expect(refusals).toBeGreaterThan(0);
    expect(sweeps).toBeLessThanOrEqual(6);
  });

  it('and that cannot be ended are told of in a few words, by their number', async () => {
    const one = crew();
    const ids = Array.from({ length: 60 }, (_, nth) => `m${nth}`);
    for (const id of ids) one.cloud.plant(id);
    one.cloud.trouble.unstoppable = ids.slice(1);
    await one.sweep();
    one.later(minute);
    const said = await one.sweep().catch(String);
    expect(said).toContain('the sweep met 21 problems: new: machine m1: it has no owner, and could not be');
    expect(said).toContain('orphans: 39 others could not be stopped');
    expect([...one.cloud.machines.keys()]).toEqual(ids.slice(1));
  });
});
