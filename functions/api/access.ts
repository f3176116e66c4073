// Who may read the API: holders of the token everything, anybody else what is public, or nothing.
import { createHash, timingSafeEqual } from 'node:crypto';
import { Misconfigured } from '../../shared/runtime/misconfigured.ts';

/** Who asks, by the header `authorization`. `unknown`: the token could not be read, `why` is for the log. */
export type Asker = { is: 'trusted' | 'anybody' | 'refused' } | { is: 'unknown'; why: string };

export interface Access {
  /** The token that opens the API. */
  token(): Promise<string>;
  /** May those who show no token see what is public? */
  isPublic: boolean;
}

/** A token that is wrong is refused, also where those who show none may see what is public. */
export async function askerOf(access: Access, authorization: string | undefined): Promise<Asker> {
  if (authorization === undefined) return { is: access.isPublic ? 'anybody' : 'refused' };
  const shown = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1];
  if (shown === undefined) return { is: 'refused' };
  try {
    return { is: isSame(shown, await access.token()) ? 'trusted' : 'refused' };
  } catch (error) {
    return { is: 'unknown', why: causeOf(error) };
  }
}

/** In constant time, whatever the lengths. */
const isSame = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other));

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** What a loader says may quote what it failed on; our own words do not. */
function causeOf(error: unknown): string {
  if (error instanceof Misconfigured) return error.message;
  return `the token could not be read (${error instanceof Error ? error.name : typeof error})`;
}
