// What must not happen on Macs, whatever is lost, refused, throttled, late or killed: hosts too many, hosts
// that stay, jobs that are lost, disks that two have used.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { seeded } from '../simulation/time.ts';
import { type Operation, throttled, unavailable } from '../stand-ins/ec2/trouble.ts';
import type { Peril } from './ec2-story-peril.ts';
import { Dead } from './ec2-story-peril.ts';
import { allIsWell } from './mac-story-end.ts';
import { hour, type MacFilm, macFilm, minute } from './mac-story-stage.ts';

vi.setConfig({ testTimeout: 60_000 });

let film: MacFilm;
afterEach(() => film.close());

const begun = (n: number) => () => film.hub.begun.length === n;

/** All that changes something in the cloud while two repositories share a host. */
const deeds = [
  'AllocateHosts',
  'RunInstances',
  'CreateReplaceRootVolumeTask',
  'CreateTags',
  'TerminateInstances',
  'ReleaseHosts',
] as const satisfies readonly Operation[];

const isDeed = (operation: Operation): boolean => deeds.some((deed) => deed === operation);

/** Two jobs of one repository, one of another: one after the other, on one host, to its release. */
async function sharedDay(): Promise<void> {
  film.queue('1');
  await film.until('the first job runs', begun(1));
  film.queue('2');
  await film.until('the second job runs', begun(2), 2 * hour);
  film.queue('3', { repository: 'film/volume' });
  await film.until('the third job runs', begun(3), 4 * hour);
  await allIsWell(film);
}

describe('every answer of EC2', () => {
  it('may be lost once', async () => {
    film = await macFilm({ pool: { maximum: 1 } });
    film.ec2.trouble.lose = ({ operation, nth }) => isDeed(operation) && nth === 1;
    await sharedDay();
    expect(film.macs.size).toBe(2);
    for (const deed of deeds) expect(film.ec2.calls[deed], deed).toBeGreaterThan(0);
  });

  it('may be an error of EC2, twice', async () => {
    film = await macFilm({ pool: { maximum: 1 } });
    film.ec2.trouble.refuse = ({ operation, nth }) =>
      isDeed(operation) && nth <= 2 ? unavailable : undefined;
    // What may have started a machine is looked for before it is asked for again.
    film.watch.patienceMs = { beside: 5 * minute, idle: 10 * minute };
    await sharedDay();
    expect(film.macs.size).toBe(2);
  });

  it('may be that EC2 is throttling, each first time', async () => {
    film = await macFilm({ pool: { maximum: 1 } });
    film.ec2.trouble.refuse = ({ operation, nth }) =>
      isDeed(operation) && nth === 1 ? throttled : undefined;
    await sharedDay();
  });

  it('may come before EC2 shows what it has done', async () => {
    film = await macFilm({ pool: { maximum: 1 } });
    film.ec2.trouble.shownAfterMs = 30_000;
    film.ec2.trouble.lose = ({ operation, nth }) => operation.endsWith('s') && nth === 1;
    await sharedDay();
  });
});

/** The dispatcher's calls that change something in the cloud. */
const calls = ['allocateHosts', 'runInstances', 'replaceRoot', 'tag', 'terminate', 'releaseHosts'];

/** The dispatcher dies once at each of these calls. */
function mortal(when: 'before' | 'after'): Peril & { left: Set<string> } {
  const left = new Set(calls);
  let isDead = false;
  return {
    left,
    async around(call, work) {
      if (isDead) throw new Dead(call);
      if (!left.delete(call.split(' ')[0] ?? '')) return work();
      isDead = true;
      if (when === 'after') await work();
      throw new Dead(call);
    },
    isOver() {
      const was = isDead;
      isDead = false;
      return was;
    },
  };
}

describe('the dispatcher', () => {
  it.each(['before', 'after'] as const)('may die %s each call that changes something', async (when) => {
    film = await macFilm({ pool: { maximum: 1 } });
    const peril = mortal(when);
    film.peril = peril;
    const play = film.until;
    // One that was replaced is as mortal.
    film.until = (what, holds, withinMs) =>
      play(
        what,
        () => {
          film.peril = peril;
          return holds();
        },
        withinMs,
      );
    await sharedDay();
    expect([...peril.left]).toEqual([]);
  });
});

describe('deliveries, events, rings and answers', () => {
  it('may be late, doubled and lost by chance', async () => {
    film = await macFilm();
    const { between, chance } = seeded(1);
    film.post.delays = () => [between(0, minute), between(0, 8 * minute)];
    film.ec2.trouble.lose = ({ operation }) => chance(isDeed(operation) ? 0.3 : 0.003);
    film.ec2.trouble.refuse = ({ operation }) =>
      chance(isDeed(operation) ? 0.2 : 0.003) ? unavailable : undefined;
    film.watch.patienceMs = { beside: 30 * minute, idle: 10 * minute };
    for (let id = 1; id <= 5; id += 1) {
      film.queue(String(id), { repository: chance(0.5) ? 'film/color' : 'film/volume', minutes: 5 * id });
      await film.play(between(0, hour));
    }
    await allIsWell(film, 2);
  });
});
