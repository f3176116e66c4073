// What every part of the embedded GitHub works with.
import type { Delays } from './delays.ts';
import type { GitHubEvent, GitHubOptions } from './surface.ts';
import type { Job, Message, Runner, World } from './world.ts';

export interface Hub {
  options: GitHubOptions;
  world: World;
  delays: Delays;
  /** Base URL, known once the server listens. */
  url: string;
  /** Tells the story to whoever listens. */
  tell(event: GitHubEvent): void;
  /** Sends a webhook delivery that tells of the job as it is now. */
  deliver(action: 'queued' | 'in_progress' | 'completed', job: Job): void;
}

/** Leaves a message for a runner and answers its waiting question. */
export function post(runner: Runner, message: Message): void {
  runner.messages.push(message);
  runner.wake();
}

/** Ends a registration. Its runner learns of it from the answer to its next question. */
export function removeRunner(hub: Hub, runner: Runner): void {
  hub.world.runners.delete(runner.id);
  runner.wake();
}
