// What is on its way in a story: deliveries of GitHub, events of EC2, rings. It may come late, and twice.
import type { Time } from '../../shared/scheduler/records.ts';

export interface Post {
  /** How late each copy of the next letter is, in ms. Default: one, at once. */
  delays: () => number[];
  send(open: () => Promise<unknown>): void;
  sendAt(at: Time, open: () => Promise<unknown>): void;
  /** Opens what has arrived, in the order of its arrival. */
  arrive(): Promise<void>;
  /** Nothing is on its way. */
  isEmpty(): boolean;
}

export function postIn(now: () => Time): Post {
  let letters: { at: Time; open: () => Promise<unknown> }[] = [];
  const post: Post = {
    delays: () => [0],
    send: (open) => void letters.push(...post.delays().map((late) => ({ at: now() + late, open }))),
    sendAt: (at, open) => void letters.push({ at, open }),
    async arrive() {
      const due = letters.filter(({ at }) => at <= now()).sort((one, other) => one.at - other.at);
      letters = letters.filter(({ at }) => at > now());
      for (const { open } of due) await open();
    },
    isEmpty: () => letters.length === 0,
  };
  return post;
}
