// GitHub's own delays in ms, divided by the pace, with a floor below which a busy computer would trip.
export interface Delays {
  /** A job that its runner does not pick up is queued again (60 s, documentation of self-hosted runners). */
  pickUpMs: number;
  /** A busy runner that is silent this long has lost its job (ten minutes). */
  lostMs: number;
  /** An idle runner that is silent this long is offline. */
  offlineMs: number;
  /** A runner's question for work is answered after this long at the latest. */
  pollMs: number;
  /** A job that waits this long for a runner fails (24 h, GitHub's limits page). */
  queuedMs: number;
  /** A cancelled job whose runner does not report its end is ended (five minutes). */
  cancelMs: number;
  /** A registration that never connects is removed (one day). */
  unusedMs: number;
  /** An installation's 5,000 REST calls are counted anew (one hour). */
  rateWindowMs: number;
  /** A cancelled step gets SIGTERM this long after SIGINT, and SIGKILL a third of it later (7.5 s, 2.5 s). */
  graceMs: number;
}

const minute = 60_000;

export const delaysOf = (pace: number): Delays => ({
  pickUpMs: Math.max(minute / pace, 1000),
  lostMs: Math.max((10 * minute) / pace, 2000),
  offlineMs: Math.max(minute / pace, 1000),
  pollMs: Math.max(50_000 / pace, 500),
  queuedMs: Math.max((24 * 60 * minute) / pace, 2000),
  cancelMs: Math.max((5 * minute) / pace, 2000),
  unusedMs: Math.max((24 * 60 * minute) / pace, 2000),
  rateWindowMs: Math.max((60 * minute) / pace, 1000),
  graceMs: Math.max(7500 / pace, 100),
});
