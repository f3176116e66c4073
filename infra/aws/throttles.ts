// How much each route of the HTTP API takes.

/** Requests a second over time, and at once. What is beyond is answered 429 and starts no function. */
export interface Throttle {
  rate: number;
  burst: number;
}

export const throttles = {
  /** 10,000 jobs that are queued within a minute: 6,000 by the rate, the others at once. */
  webhook: { rate: 100, burst: 4000 },
  /** Those of a matrix claim together, and again and again while they wait for work. */
  claims: { rate: 100, burst: 300 },
  /** 3,000 builders that call every 30 s are 100 a second. */
  progress: { rate: 105, burst: 600 },
  /** Each builder calls these once; a matrix may start, and end, at once. */
  turns: { rate: 20, burst: 300 },
  /** A page that a few people reload. */
  api: { rate: 5, burst: 10 },
} as const;
