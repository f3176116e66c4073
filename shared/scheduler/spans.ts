// Spans of time in words, for people who ask why.
import type { Time } from './records.ts';

/** A span in ms: `70 s`, `12 minutes`, `30 hours`. */
export function spanOf(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}

/** How long ago something was: `70 s ago`. */
export const agoOf = (at: Time, now: Time): string => `${spanOf(Math.max(0, now - at))} ago`;
