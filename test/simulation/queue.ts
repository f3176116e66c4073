// A simulated FIFO queue with one group: a batch in flight blocks the group until it is done or visible
// again.
import { minute, second } from './time.ts';
import type { World } from './world.ts';

interface Message {
  sentAt: number;
  visibleAt: number;
}

/** `deliver` starts a dispatcher on a batch and calls `done` when it has finished; a dead one never does. */
export function simulatedQueue(world: World, deliver: (sentAt: number[], done: () => void) => void) {
  let messages: Message[] = [];
  const { time, chance, faults } = world;
  const poll = (): void => {
    const now = time.now();
    if (messages.length === 0 || messages.some((message) => message.visibleAt > now)) return;
    const batch = messages.slice(0, 10);
    for (const message of batch) message.visibleAt = now + minute;
    time.after(minute, poll);
    const sentAt = batch.map((message) => message.sentAt);
    const done = (): void => {
      messages = messages.filter((message) => !batch.includes(message));
      poll();
    };
    deliver(sentAt, done);
    if (world.faulty(faults.overlap))
      time.after(chance.between(0, 2 * second), () => deliver(sentAt, () => undefined));
  };
  return {
    send(): void {
      messages.push({ sentAt: time.now(), visibleAt: 0 });
      time.after(chance.between(10, 80), poll);
    },
  };
}
