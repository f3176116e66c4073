// The reaper of a world of Macs: in its real rhythm, or seldom while nothing can change.
import type { Ports } from '../../../shared/operations/ports.ts';
import { rhythmOf } from '../../../shared/operations/sweep/rhythm.ts';
import { sweep } from '../../../shared/operations/sweep/sweep.ts';
import { broken, lambda } from '../functions.ts';
import { minute, second } from '../time.ts';
import type { Process, World } from '../world.ts';
import { leastMs, type SimulatedHost } from './hosts.ts';

/** A sweep each minute, and every fifth while nothing is open; now and then two at a time. */
export function startReaper(
  world: World,
  ports: (process: Process) => Ports,
  end: number,
  isStill: () => boolean,
): void {
  const { time, chance, faulty, faults } = world;
  const rhythm = rhythmOf(ports(world.process('rhythm', false)));
  const complain = broken(world, 'reaper');
  let ticks = 0;
  const run = (): void => {
    sweep(ports(lambda({ world }, 'reaper', 55))).then((report) => {
      rhythm.note(report);
      for (const problem of report.problems) if (!mayBeTold.test(problem)) complain(problem);
    }, complain);
  };
  const tick = async (): Promise<void> => {
    if (time.now() + minute < end) time.after(minute + chance.between(0, 200) - 100, () => void tick());
    ticks += 1;
    if ((isStill() && ticks % 5 !== 0) || (await rhythm.mayRest())) return;
    run();
    if (faulty(faults.overlap)) time.after(3 * second, run);
  };
  time.after(minute, () => void tick());
}

/** All hosts are clean and empty, or busy; none is new, about to end its paid day, or just released. */
export function isAtRest({ time }: World, hosts: ReadonlySet<SimulatedHost>): boolean {
  return hosts.size > 0 && [...hosts].every((host) => isSettled(host, time.now()));
}

function isSettled({ mac, state, allocatedAt }: SimulatedHost, now: number): boolean {
  const isBusy = mac?.busyWith !== undefined && now < mac.limitAt - 10 * minute;
  const age = now - allocatedAt;
  return state === 'available' && (!mac || isBusy) && age > 60 * minute && age < leastMs - 10 * minute;
}

/** A sweep may tell of what does not answer, and what an admin must know of hosts. */
const mayBeTold =
  /answer|RequestLimitExceeded|InternalError|permanent failure|quota of hosts|its paid day is over/;
