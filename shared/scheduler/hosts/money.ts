// What hosts may cost at most, and for how long money is reserved for them.
import type { Host } from '../host-records.ts';
import { ageLimit, type Limits } from '../limits.ts';
import type { Purse, Whose } from '../money.ts';
import type { Time } from '../records.ts';

/** What so much time on a host costs, in millionths of a US dollar. */
export const hostMoney = (usdPerHour: number, ms: number): number =>
  Math.ceil((usdPerHour * Math.max(0, ms) * 1_000_000) / 3_600_000);

/** A new host is paid for a day, and ends with its last machine. */
export const dayReserved = (now: Time, { paidMs, hostSlackMs }: Limits): Time => now + paidMs + hostSlackMs;

/** Until then a machine that boots, or waits, now may need its host for one job. */
export const jobReserved = (now: Time, limits: Limits): Time => now + ageLimit(limits) + limits.hostSlackMs;

/** Until then a machine that is reset now may need its host if nobody has a job for it. */
export const resetReserved = (now: Time, { resetMs, hostSlackMs }: Limits): Time =>
  now + resetMs + hostSlackMs;

/** Takes what a host costs beyond what is reserved for it, or says whose limit that would overstep. */
export function extend(
  host: Host,
  until: Time,
  project: string,
  purse: Purse | undefined,
): Whose | undefined {
  const { usdPerHour, reservedUntil } = host;
  return purse?.take(host.project ?? project, hostMoney(usdPerHour, until - reservedUntil));
}
