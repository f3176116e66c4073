// What goes wrong in the stand-in: set by tests, read at each call.

export const operations = ['StartBuild', 'BatchGetBuilds', 'ListBuildsForProject', 'StopBuild'] as const;
export type Operation = (typeof operations)[number];

export interface Refusal {
  /** CodeBuild's name for it, as `ThrottlingException`. */
  code: string;
  message?: string;
  /** Default: 400. */
  status?: number;
}

/** `nth` counts the calls of the operation from 1. */
export interface Trouble {
  /** Refuses a call; nothing is done. `body`: as it came, which names projects and builds. */
  refuse?: (operation: Operation, nth: number, body: string) => Refusal | undefined;
  /** The work is done, and the connection is closed instead of an answer. */
  lose?: (operation: Operation, nth: number) => boolean;
  /** How many builds of the account run at once; five times as many wait; more are refused. */
  room?: number;
  /** For how long a build waits in the queue at least, in ms. */
  queueMs?: number;
  /** How long its machine takes to boot, in ms. */
  provisionMs?: number;
  /** Ids of builds that lists lack although they are there. */
  unlisted?: readonly string[];
  /** From when on lists show a build, and from when on it can be read, in ms after its start. */
  listedAfterMs?: number;
  readAfterMs?: number;
}

export const throttled: Refusal = { code: 'ThrottlingException', message: 'Rate exceeded' };
export const unavailable: Refusal = { code: 'ServiceUnavailableException', status: 503 };
