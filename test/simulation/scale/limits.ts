// The limits of others that the worlds of scale are measured against.

/**
 * Of one installation of the App: calls and registrations in an hour, and configurations in a minute, each of
 * which is 5 of 900 points. The App itself, which asks for tokens, is taken to have the least that any has.
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export const gitHubLimits = { coreHour: 5000, jitHour: 10_000, jitMinute: 180 } as const;

/**
 * Units a second of one partition of a table: a pool is one.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 */
export const partitionLimits = { read: 3000, write: 1000 } as const;
