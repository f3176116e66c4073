// The day of a host, from the delivery that it is allocated for to its release: over EC2's own rules for
// hosts.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { leastMs } from '../stand-ins/ec2/hosts.ts';
import { allIsWell } from './mac-story-end.ts';
import { hour, type MacFilm, macFilm, minute } from './mac-story-stage.ts';

vi.setConfig({ testTimeout: 30_000 });

let film: MacFilm;
afterEach(() => film.close());

const begun = (n: number) => () => film.hub.begun.length === n;
const volume = { repository: 'film/volume' };

describe('jobs of two repositories', () => {
  it('share a host for its day: reset for one, cleaned for the other, and released', async () => {
    film = await macFilm({ pool: { maximum: 1 } });
    film.queue('1');
    await film.until('the first job runs', begun(1));
    film.queue('2');
    await film.until('the second job runs', begun(2), hour);
    expect(film.macs.size).toBe(1);
    film.queue('3', volume);
    await film.until('the third job runs', begun(3), 2 * hour);
    expect(film.macs.size).toBe(2);
    await allIsWell(film);
    expect(film.ec2.calls).toMatchObject({ AllocateHosts: 1, RunInstances: 2, ReleaseHosts: 1 });
    expect(film.ec2.resets().map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
    const [host] = film.ec2.hosts();
    const heldMs = (host?.releasedAt ?? 0) - (host?.allocatedAt ?? 0);
    expect(heldMs - leastMs).toBeLessThanOrEqual(3 * minute);
    expect(film.problems).toEqual([]);
  });
});
