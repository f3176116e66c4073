// What must not happen on EC2, whatever is doubled, late, lost or killed: machines too many, machines that
// stay, jobs that are lost.
import { afterEach, describe, expect, it } from 'vitest';
import { seeded } from '../simulation/time.ts';
import { empty, throttled, unavailable } from '../stand-ins/ec2/trouble.ts';
import { allIsWell, machinesOf, stateOf } from './ec2-story-end.ts';
import { dyingAt, interrupted, noting } from './ec2-story-peril.ts';
import { type Film, film, home, minute, zones } from './ec2-story-stage.ts';

const second = 1000;

let set: Film;
afterEach(() => set.close());

const queue = (...ids: string[]): void => {
  for (const id of ids) set.hub.queue(id);
};

describe('deliveries, events and rings', () => {
  it('may all come twice', async () => {
    set = await film();
    set.post.delays = () => [0, 10 * second];
    queue('1', '2', '3');
    await allIsWell(set);
    expect(set.problems).toEqual([]);
  });

  it.each([1, 2, 3, 4, 5])('may come twice, late and in any order: seed %i', async (seed) => {
    set = await film();
    const { between } = seeded(seed);
    set.post.delays = () => [between(0, 40 * second), between(0, 8 * minute)];
    queue('1', '2', '3', '4');
    await allIsWell(set);
  });
});

describe('CreateFleet', () => {
  it('that gives some machines is asked for the others elsewhere', async () => {
    set = await film();
    set.ec2.trouble.short = ({ market, zone }, running) =>
      market === 'spot' && (zone !== zones[0] || running >= 1) ? empty : undefined;
    queue('1', '2', '3', '4', '5');
    await allIsWell(set);
    expect(machinesOf(set).filter(({ market }) => market === 'spot')).toHaveLength(2);
    expect(set.ec2.fleets).toHaveLength(2);
  });

  it('that has worked and never answered is not asked for more, though EC2 is 30 s late', async () => {
    set = await film();
    set.ec2.trouble.shownAfterMs = 30 * second;
    set.ec2.trouble.lose = ({ operation, nth }) => operation === 'CreateFleet' && nth === 1;
    queue('1', '2', '3');
    await allIsWell(set);
  });

  it('that has given some, and never answered, is asked for the others once', async () => {
    set = await film();
    set.ec2.trouble.shownAfterMs = 30 * second;
    set.ec2.trouble.lose = ({ operation, nth }) => operation === 'CreateFleet' && nth === 1;
    set.ec2.trouble.short = ({ market, zone }, running) =>
      market === 'spot' && (zone !== zones[0] || running >= 1) ? empty : undefined;
    queue('1', '2', '3', '4');
    await allIsWell(set);
  });

  it('that was never reached is asked again, with the same token', async () => {
    set = await film();
    set.ec2.trouble.refuse = ({ operation, nth }) =>
      operation === 'CreateFleet' && nth <= 2 ? unavailable : undefined;
    queue('1');
    await allIsWell(set);
    const tokens = set.ec2.fleets.map(({ form }) => JSON.stringify(form));
    expect(new Set(tokens).size).toBe(1);
    expect(tokens.length).toBeGreaterThan(1);
  });
});

describe('EC2', () => {
  it('may show machines 30 s late, to the reaper and to those who prove', async () => {
    set = await film();
    set.ec2.trouble.shownAfterMs = 30 * second;
    set.temper = () => ({ bootMs: 10 * second });
    queue('1', '2');
    await allIsWell(set);
  });

  it('may leave machines out of its lists for minutes', async () => {
    set = await film();
    queue('1');
    await set.until('it runs', () => set.hub.begun.length === 1);
    set.ec2.trouble.unlisted = [...set.actors.keys()];
    await set.play(3 * minute);
    set.ec2.trouble.unlisted = [];
    await allIsWell(set);
  });

  it('may throttle every other call', async () => {
    set = await film();
    set.ec2.trouble.refuse = ({ nth }) => (nth % 2 === 1 ? throttled : undefined);
    queue('1', '2');
    await allIsWell(set);
  });
});

describe('a dispatcher', () => {
  /** All that a pass calls which launches a machine for a job that is new. */
  async function callsOfAPass(): Promise<string[]> {
    set = await film();
    const calls: string[] = [];
    queue('1', '2');
    set.peril = noting(calls);
    await set.until('machines are on record', async () => (await stateOf(set)).builders.length === 2);
    await set.close();
    return calls;
  }

  it.each(['before', 'after'] as const)(
    'may die %s any of its calls',
    async (when) => {
      const calls = await callsOfAPass();
      expect(calls).toEqual(expect.arrayContaining(['put ledger', 'put launch', `createFleet ${home}`]));
      for (const [index, call] of calls.entries()) {
        set = await film();
        const peril = dyingAt(index + 1, when);
        set.peril = peril;
        queue('1', '2');
        await allIsWell(set).catch((error: unknown) => {
          throw new Error(`died ${when} call ${index + 1}, ${call}`, { cause: error });
        });
        expect(peril.met()).toBe(call);
        await set.close();
      }
    },
    30_000,
  );

  it('may be overtaken by another one between any two of its calls', async () => {
    const calls = await callsOfAPass();
    for (const [index, call] of calls.entries()) {
      set = await film();
      const peril = interrupted(index + 1, set.pass);
      set.peril = peril;
      queue('1', '2');
      await allIsWell(set).catch((error: unknown) => {
        throw new Error(`overtaken at call ${index + 1}, ${call}`, { cause: error });
      });
      expect(peril.met()).toBe(call);
      await set.close();
    }
  }, 30_000);
});
