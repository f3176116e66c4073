// A pool of Macs to simulate: M1 in one zone, as the defaults of the configuration have it.
import type { Settings } from '../../shared/forecast/settings.ts';
import { hour, minute } from '../../shared/forecast/units.ts';

export const usdPerHour = 0.65;

export const pool = (own: Partial<Settings> = {}): Settings => ({
  offers: [{ offering: 'us-east-1/on-demand/mac2.metal/us-east-1a', usdPerHour }],
  maximum: 2,
  waitMs: hour,
  stayMs: hour,
  paidDay: 'shared',
  afterwards: 'release',
  resets: true,
  hostsAtStart: 0,
  bootMs: 45 * minute,
  jobMs: 6 * hour,
  ...own,
});
