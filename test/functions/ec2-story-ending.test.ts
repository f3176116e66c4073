// The end comes from outside: machines whose job is root, whose job never ends, or that are not fit for work.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApi } from '../../functions/api/api.ts';
import type { Machine } from '../stand-ins/ec2/world.ts';
import { emptyEvent } from './crew.ts';
import { allHasEnded, allIsWell, machinesOf } from './ec2-story-end.ts';
import { type Film, film, home, minute, zones } from './ec2-story-stage.ts';

const second = 1000;
const day = 24 * 60 * minute;

let set: Film;
afterEach(() => set.close());

const machine = (nth = 0): Machine => {
  const found = machinesOf(set)[nth];
  if (!found) throw new Error(`no machine ${nth}`);
  return found;
};
const now = (): number => set.ports.clock.now();
const isDone = (id: string) => () => set.hub.job(id).status === 'completed';
const hasEnded = () => machine().endedAt !== undefined;

describe('a job that is root, and has ended the agent and its timers', () => {
  it('is over, and so is its machine within 90 s and one sweep', async () => {
    set = await film();
    set.hub.queue('1', { root: true });
    await set.until('its end', isDone('1'));
    const doneAt = now();
    expect(hasEnded()).toBe(false);
    await set.until('the end of its machine', hasEnded);
    expect(now() - doneAt).toBeLessThanOrEqual(90 * second + minute);
    expect(set.ec2.calls.TerminateInstances).toBeGreaterThan(0);
    await allIsWell(set);
  });

  it('and never ends, ends at the limit, and not before', async () => {
    set = await film();
    set.hub.queue('1', { root: true, minutes: Number.POSITIVE_INFINITY });
    await set.until('it runs', () => set.hub.begun.length === 1);
    const [begunAt, launchedAt] = [now(), machine().launchedAt];
    await set.until('the end of its machine', hasEnded, 2 * 60 * minute);
    expect(now() - begunAt).toBeGreaterThan(30 * minute);
    // To boot 10, for a job to come 5, the job 30, to clean up 5; and one sweep.
    expect(now() - launchedAt).toBeLessThanOrEqual(51 * minute + 5 * second);
    await allHasEnded(set);
    expect(set.hub.job('1').conclusion).toBe('failure');
    expect(set.actors.size).toBe(1);
  });
});

describe('a job limit of five days', () => {
  beforeEach(async () => {
    set = await film({ jobLimitMinutes: 7200 });
  });

  /** Lets days pass, of which only a minute every six hours is played. */
  async function daysPass(until: number): Promise<void> {
    while (now() < until - 6 * 60 * minute && !hasEnded()) {
      set.later(6 * 60 * minute - minute);
      await set.play(minute);
    }
  }

  it('lets a job run for almost as long', async () => {
    set.hub.queue('1', { minutes: 7190 });
    await set.until('it runs', () => set.hub.begun.length === 1);
    await daysPass(now() + 5 * day);
    await set.until('its end', isDone('1'), day);
    expect(set.hub.job('1').conclusion).toBe('success');
    await set.until('the end of its machine', hasEnded);
    expect(set.actors.size).toBe(1);
  });

  it('ends a job that runs for longer', async () => {
    set.hub.queue('1', { root: true, minutes: Number.POSITIVE_INFINITY });
    await set.until('it runs', () => set.hub.begun.length === 1);
    const begunAt = now();
    await daysPass(begunAt + 5 * day);
    expect(hasEnded()).toBe(false);
    await set.until('the end of its machine', hasEnded, day);
    expect(now() - begunAt).toBeGreaterThan(5 * day);
    expect(now() - machine().launchedAt).toBeLessThanOrEqual(5 * day + 21 * minute);
  });
});

describe('a machine that finds itself unfit', () => {
  const unfit = { why: 'nvidia-smi does not answer', log: 'NVRM: GPU 0000:00:1e.0: RmInitAdapter failed!' };
  const offering = `${home}/spot/g4dn.xlarge/${zones[0]}`;

  async function builders(): Promise<unknown> {
    const { ports, store } = set;
    const api = createApi({
      installation: 'test',
      pools: ['gpu'],
      ...store,
      clock: ports.clock,
      log: () => undefined,
    });
    const { body } = await api({ ...emptyEvent, rawPath: '/api/builders' });
    return JSON.parse(body ?? '');
  }

  it('is ended at once, another offering is asked for, and why stands in /api', async () => {
    set = await film();
    set.temper = (nth) => (nth === 0 ? { unfit } : {});
    set.hub.queue('1');
    await set.until('another machine', () => set.actors.size === 2);
    expect(now() - machine(0).launchedAt).toBeLessThanOrEqual(minute);
    expect(machine(0)).toMatchObject({ type: 'g4dn.xlarge', zone: zones[0] });
    expect(machine(1)).toMatchObject({ type: 'g4dn.xlarge', zone: zones[1] });
    expect(await builders()).toMatchObject([
      { id: machine(1).id, phase: 'booting' },
      { id: machine(0).id, phase: 'gone', offering, ...unfit },
    ]);
    expect(hasEnded()).toBe(true);
    await allIsWell(set, 2);
  });

  it('keeps its offering from being asked for, for twenty minutes', async () => {
    set = await film();
    set.temper = (nth) => (nth === 0 ? { unfit } : {});
    const asked = (): string => JSON.stringify(set.ec2.fleets.at(-1));
    const wanted = `"InstanceType":"g4dn.xlarge","SubnetId":"${set.ec2.subnet(zones[0] ?? '')}"`;
    set.hub.queue('1');
    await allIsWell(set, 2);
    expect(asked()).not.toContain(wanted);
    set.hub.queue('2');
    await set.until('the second job runs', () => set.hub.begun.length === 2);
    expect(asked()).not.toContain(wanted);
    await set.play(20 * minute);
    set.hub.queue('3');
    await set.until('the third job runs', () => set.hub.begun.length === 3);
    expect(asked()).toContain(wanted);
    await allIsWell(set, 4);
  });
});
