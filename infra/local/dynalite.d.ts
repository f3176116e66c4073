// The little of dynalite that is used: it brings no types.
declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** A DynamoDB in this process. Without a path its tables live in memory. */
  export default function dynalite(options: { createTableMs: number }): Server;
}
