// The schedule that wakes the reaper each minute: a tick is left out now and then, or comes twice.
import type { SimulatedFunction } from './aws/lambda.ts';
import { sendTo } from './aws/lambda.ts';
import { minute, second } from './time.ts';
import type { World } from './world.ts';

/** Ticks until the end. What fails is not made up for, as the stack has it. `mayRest`: leaves ticks out. */
export function startSchedule(
  world: World,
  reaper: SimulatedFunction<void, void>,
  end: number,
  mayRest: () => boolean = () => false,
): void {
  const { time, chance, faults, faulty } = world;
  const wake = (): void => void sendTo(world, reaper, undefined, 'a sweep', 0);
  let ticks = 0;
  const tick = (): void => {
    ticks += 1;
    if (time.now() + minute < end) time.after(minute, tick);
    if (mayRest() && ticks % 5 !== 0) return;
    const isUneven = faulty(faults.tick);
    const isLeftOut = isUneven && chance.chance(0.5);
    if (isLeftOut) world.say('the schedule leaves a tick out');
    else time.after(chance.between(0, 2 * second), wake);
    const isTwice = isUneven || faulty(faults.overlap);
    if (isTwice && !isLeftOut) time.after(chance.between(0, 5 * second), wake);
  };
  time.after(minute, tick);
}
