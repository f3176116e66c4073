// What a host of the simulated cloud costs, and when it may go: by the rules of EC2.
import { describe, expect, it } from 'vitest';
import { type CloudHost, costOf, isReleasable, sightingOf, takes } from '../../shared/forecast/cloud.ts';
import { day, hour, minute } from '../../shared/forecast/units.ts';

const host = (own: Partial<CloudHost> = {}): CloudHost => ({
  hostId: 'h-1',
  id: 'mac-1',
  offering: 'us-east-1/on-demand/mac2.metal/us-east-1a',
  usdPerHour: 0.65,
  allocatedAt: 0,
  cleanedMs: 0,
  ...own,
});

describe('a host of the cloud', () => {
  it('costs from its allocation to its release, but not while it cleans itself', () => {
    expect(costOf(host({ releasedAt: day }), 30 * day)).toBeCloseTo(15.6);
    expect(costOf(host({ releasedAt: day, cleanedMs: 2 * hour }), 30 * day)).toBeCloseTo(14.3);
    expect(costOf(host(), 2 * day)).toBeCloseTo(31.2);
    expect(costOf(host({ cleansSince: day }), 2 * day)).toBeCloseTo(15.6);
  });

  it('may be released after a day, when nothing is on it and it is clean', () => {
    expect(isReleasable(host(), day - 1)).toBe(false);
    expect(isReleasable(host(), day)).toBe(true);
    expect(isReleasable(host({ machine: 'i-1' }), day)).toBe(false);
    expect(isReleasable(host({ cleansSince: hour }), day)).toBe(false);
  });

  it('is shown as pending while it cleans itself, with the machine that is on it', () => {
    expect(sightingOf(host({ cleansSince: 1 }))).toMatchObject({ state: 'pending', instances: [] });
    expect(sightingOf(host({ machine: 'i-1' }))).toMatchObject({ state: 'available', instances: ['i-1'] });
    expect(sightingOf(host({ releasedAt: day }))).toMatchObject({ state: 'released' });
  });

  it('takes what AWS says a Mac takes', () => {
    const range = (ms: (part: number) => number) => [ms(0) / minute, ms(1) / minute];
    expect(range(takes.boot)).toEqual([6, 20]);
    expect(range(takes.reset)).toEqual([8, 20]);
    expect(range(takes.scrub)).toEqual([10, 270]);
  });
});
