// What happens to a simulated host: it is set up, cleans itself, is looked into, or fails for good.
import type { HostState } from '../../../shared/scheduler/host-records.ts';
import { minute } from '../time.ts';
import type { World } from '../world.ts';
import { isReleased, lagMs, leastMs, type SimulatedHost } from './hosts.ts';
import type { Mac } from './macs.ts';
import type { Moods } from './moods.ts';

export interface HostStates {
  /** It has been allocated. */
  begin(host: SimulatedHost): void;
  enter(host: SimulatedHost, state: HostState): void;
  /** It cleans itself for so long. */
  clean(host: SimulatedHost, ms: number): void;
  /** Writes down how it is now. */
  note(host: SimulatedHost): void;
}

/** `lose`: the machine on a host ends with it. */
export function hostStates(world: World, moods: Moods, lose: (mac: Mac) => void): HostStates {
  const { time, chance } = world;
  const { enter, note } = changes(world);
  const clean = (host: SimulatedHost, ms: number): void => {
    host.cleanings += 1;
    host.dirty = false;
    enter(host, 'pending');
    const early = chance.chance(moods.early) ? chance.between(minute, 14 * minute) : 0;
    time.after(ms, () => {
      if (host.state !== 'pending') return;
      host.takesFrom = time.now() + early;
      enter(host, 'available');
    });
  };
  /** It is looked into, and is well again, or never. */
  const assess = (host: SimulatedHost): void => {
    if (isReleased(host) || host.state === 'permanent-failure') return;
    enter(host, 'under-assessment');
    const isLost = chance.chance(0.4);
    if (host.mac && chance.chance(0.7)) lose(host.mac);
    time.after(chance.between(5 * minute, 60 * minute), () => {
      if (isReleased(host)) return;
      if (isLost) enter(host, 'permanent-failure');
      else if (host.dirty) clean(host, moods.scrubMs());
      else enter(host, 'available');
    });
  };
  const configure = (host: SimulatedHost): void => {
    enter(host, 'configuring');
    time.after(chance.between(minute, 5 * minute), () => {
      if (host.state === 'configuring') enter(host, 'available');
    });
  };
  return {
    begin(host) {
      note(host);
      world.say(`EC2: ${host.id} is allocated (${host.type} in ${host.zone})`);
      const way = chance.between(0, 1);
      if (way < 0.3) clean(host, chance.between(minute, 20 * minute));
      else if (way < 0.4) configure(host);
      if (chance.chance(moods.frail)) time.after(chance.between(0, leastMs), () => assess(host));
    },
    enter,
    clean,
    note,
  };
}

/** Changes of a host's state: each is remembered as long as it may still be shown. */
function changes({ time, say }: World): Pick<HostStates, 'enter' | 'note'> {
  const note = (host: SimulatedHost): void => {
    host.past.push({ at: time.now(), state: host.state, machines: host.mac ? [host.mac.id] : [] });
    while (host.past[1] && host.past[1].at < time.now() - lagMs) host.past.shift();
  };
  return {
    note,
    enter(host, state) {
      if (host.state === 'pending') {
        host.unbilledMs += time.now() - (host.pendingSince ?? time.now());
        host.pendingSince = undefined;
      }
      host.state = state;
      if (state === 'pending') host.pendingSince = time.now();
      note(host);
      say(`EC2: ${host.id} is ${state}`);
    },
  };
}
