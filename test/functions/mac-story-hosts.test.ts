// What EC2's hosts do by themselves: they clean themselves for hours, fail, are full, and are not let go of.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { leastMs, type StandInHost } from '../stand-ins/ec2/hosts.ts';
import { allHasEnded, allIsWell, stateOf, untilEvening } from './mac-story-end.ts';
import { hour, type MacChanges, type MacFilm, macFilm, minute } from './mac-story-stage.ts';

vi.setConfig({ testTimeout: 60_000 });

let film: MacFilm;
afterEach(() => film.close());

const volume = { repository: 'film/volume' };
const begun = (n: number) => () => film.hub.begun.length === n;
const runs = (n: number, within?: number) => film.until(`job ${n} runs`, begun(n), within);
const now = (): number => film.ports.clock.now();

const host = (nth = 0): StandInHost => {
  const found = film.ec2.hosts()[nth];
  if (!found) throw new Error(`no host ${nth}`);
  return found;
};
const heldMs = (one: StandInHost): number => (one.releasedAt ?? now()) - one.allocatedAt;

/** A pool with one host at most, unless `changes` say otherwise. */
async function begin(changes: MacChanges = {}): Promise<void> {
  film = await macFilm({ ...changes, pool: { maximum: 1, ...changes.pool } });
}

describe('a host that cleans itself', () => {
  it('takes hours for it, past the end of its day, and is released the minute it is clean', async () => {
    await begin();
    film.queue('1');
    await film.until('the end of the job', () => film.hub.job('1').status === 'completed');
    await untilEvening(film);
    film.ec2.hostTimes.scrubMs = 270 * minute;
    film.queue('2', { minutes: 20 });
    await runs(2);
    await film.until('the end of its machine', () => host().state === 'pending', hour);
    await film.until('a clean host', () => host().state !== 'pending', 6 * hour);
    const cleanAt = now();
    await film.until('its release', () => host().releasedAt !== undefined, 10 * minute);
    expect(now() - cleanAt).toBeLessThanOrEqual(3 * minute);
    await allIsWell(film);
  });

  it('is not waited for when that takes longer than another host is worth', async () => {
    await begin({ pool: { maximum: 2 }, rung: { waitMinutes: 60 } });
    film.queue('1');
    await film.until('the end of the job', () => film.hub.job('1').status === 'completed');
    film.queue('2', volume);
    await runs(2, 20 * minute);
    expect(film.ec2.hosts()).toHaveLength(2);
    await allIsWell(film, 2);
  });

  it('is waited for when it is free soon enough, and people are told when', async () => {
    await begin({ pool: { maximum: 2 }, rung: { waitMinutes: 240 } });
    film.queue('1');
    await film.until('the end of the job', () => film.hub.job('1').status === 'completed');
    film.queue('2', volume);
    await film.play(2 * minute);
    const { verdict } = (await stateOf(film)).jobs.find(({ id }) => id === '2') ?? {};
    expect(verdict).toMatchObject({
      code: 'host-busy',
      why: expect.stringMatching(/at about \d\d:\d\d UTC.*15\.60 USD/),
    });
    await runs(2);
    await allIsWell(film, 1);
  });
});

describe('the state of a host', () => {
  it.each(['configuring', 'under-assessment'] as const)(
    '%s: nothing is started until it is over',
    async (state) => {
      await begin();
      film.queue('1');
      await film.until('the end of the job', () => film.hub.job('1').status === 'completed');
      await film.until(
        'a clean host',
        async () => host().machine === undefined && host().state === 'available',
        4 * hour,
      );
      film.ec2.setHostState(host().id, state);
      await film.play(2 * minute);
      const before = film.ec2.calls.RunInstances;
      film.queue('2', volume);
      await film.play(20 * minute);
      expect(film.ec2.calls.RunInstances).toBe(before);
      film.ec2.setHostState(host().id, 'available');
      await runs(2, 20 * minute);
      await allIsWell(film);
    },
  );

  it('permanent-failure: its job ends, another host serves, and it is let go', async () => {
    await begin({ pool: { maximum: 1 } });
    film.queue('1', { minutes: 30 });
    await runs(1);
    film.ec2.setHostState(host().id, 'permanent-failure');
    film.queue('2');
    await runs(2, 10 * minute);
    expect(film.ec2.hosts()).toHaveLength(2);
    expect(film.hub.job('1').conclusion).not.toBe('failure');
    await allIsWell(film, 2);
    expect(heldMs(host(0)) - leastMs).toBeLessThanOrEqual(5 * minute);
    expect(host(0).state).toBe('released-permanent-failure');
  });
});

describe('a host with a machine that is not ours', () => {
  it('is kept until that is gone, and then released', async () => {
    await begin();
    film.queue('1');
    await film.until('the end of the job', () => film.hub.job('1').status === 'completed');
    await untilEvening(film);
    const foreign = film.ec2.plant({}, { type: 'mac2.metal', host: host().id });
    host().machine = foreign;
    await film.play(2 * hour);
    expect(host().releasedAt).toBeUndefined();
    expect(film.ec2.calls.ReleaseHosts).toBe(0);
    expect((await film.shown())[0]).toMatchObject({ phase: expect.any(String), why: expect.any(String) });
    film.ec2.end(foreign.id);
    await film.until('its release', () => host().releasedAt !== undefined, 2 * hour);
    await allHasEnded(film);
  });
});

describe('a release that EC2 refuses', () => {
  /** It is evening, and the host is empty. `meddle` is called at the first wish to release it. */
  async function evening(meddle: () => void): Promise<void> {
    await begin();
    film.queue('1');
    await film.until('the end of the job', () => film.hub.job('1').status === 'completed');
    await untilEvening(film);
    film.ec2.trouble.refuse = ({ operation, nth }) => {
      if (operation === 'ReleaseHosts' && nth === 1) meddle();
      return undefined;
    };
  }

  it('because its day began later than was shown is made when that is over', async () => {
    await evening(() => {
      host().allocatedAt += 7 * minute;
    });
    await allIsWell(film);
    expect(film.ec2.calls.ReleaseHosts).toBe(2);
    expect(heldMs(host()) - leastMs).toBeLessThanOrEqual(3 * minute);
  });

  it('because a machine is on the host is made when that is gone and the host is clean', async () => {
    await evening(() => {
      host().machine = film.ec2.plant({}, { type: 'mac2.metal', host: host().id });
    });
    await film.until('a refusal', () => film.ec2.calls.ReleaseHosts === 1, hour);
    await film.play(30 * minute);
    expect(film.ec2.calls.ReleaseHosts).toBe(1);
    film.ec2.end(host().machine?.id ?? '');
    await allIsWell(film);
    expect(film.ec2.calls.ReleaseHosts).toBe(2);
  });
});

describe('a host that somebody allocated with our tags', () => {
  it('serves, is paid for, and goes when its day is over', async () => {
    await begin();
    film.ec2.plantHost({ 'callsheet:installation': 'test', 'callsheet:pool': 'mac' });
    await film.play(3 * minute);
    film.queue('1');
    await runs(1, 20 * minute);
    expect(film.ec2.calls.AllocateHosts).toBe(0);
    await allIsWell(film);
  });
});
