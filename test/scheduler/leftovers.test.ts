// What is done about each leftover, as a table: who may need it, how often it was seen, and when it was made.
import { describe, expect, it } from 'vitest';
import { judgeLeftover, type LeftoverContext, leftSince } from '../../shared/scheduler/leftovers.ts';
import { standardLimits } from '../../shared/scheduler/limits.ts';
import type { Builder, Launch, Sight } from '../../shared/scheduler/records.ts';

const minute = 60_000;
const now = Date.parse('2026-11-21T12:00:00Z');
const limits = { ...standardLimits, bootMs: 0, jobMs: 0 };

const sightAt = (at: number): Sight => ({ kind: 'sight', pool: '-leftovers', id: 'vol-1', version: 1, at });
const seen = sightAt(now - minute);

const builder = (phase: Builder['phase'], launch = 'gpu-1', endedAt?: number): Builder => ({
  kind: 'builder',
  pool: 'gpu',
  id: 'i-1',
  version: 1,
  phase,
  provider: 'ec2',
  rung: 0,
  launch,
  launchedAt: now - 60 * minute,
  turn: 1,
  count: 1,
  usdPerHour: 1,
  ...(endedAt !== undefined && { endedAt }),
});
const launch = (phase: Launch['phase']): Launch => ({
  kind: 'launch',
  pool: 'gpu',
  id: 'gpu-1',
  version: 1,
  phase,
  provider: 'ec2',
  rung: 0,
  n: 1,
  request: '',
  deal: [],
  askedAt: now - minute,
});

const volume = {
  kind: 'volume',
  id: 'vol-1',
  place: 'us-east-1',
  launch: 'gpu-1',
  madeAt: now - 60 * minute,
  usdPerHour: 0.01,
} as const;
const context = (changes: Partial<LeftoverContext> = {}): LeftoverContext => ({
  leftover: volume,
  pool: { builders: [], launches: [] },
  sight: seen,
  mayEnd: true,
  ...changes,
});
const pool = (builders: Builder[], launches: Launch[] = []) => ({ builders, launches });

describe('a leftover', () => {
  it.each<[string, Partial<LeftoverContext>, string]>([
    ['seen for the first time', { sight: undefined }, 'remember'],
    ['seen a minute ago', {}, 'end'],
    ['seen just before', { sight: sightAt(now - 49_000) }, 'leave'],
    ['seen long ago', { sight: sightAt(now - 26 * minute) }, 'remember'],
    ['seen in a time to come', { sight: sightAt(now + minute) }, 'remember'],
    ['in a sweep that ends nothing', { mayEnd: false }, 'remember'],
    ['made 9 minutes ago', { leftover: { ...volume, madeAt: now - 9 * minute } }, 'leave'],
    ['made 10 minutes ago', { leftover: { ...volume, madeAt: now - 10 * minute } }, 'end'],
    ['protected', { leftover: { ...volume, protected: true } }, 'leave'],
    ['protected, seen now', { leftover: { ...volume, protected: true }, sight: undefined }, 'remember'],
    ['of no launch', { pool: undefined, leftover: { ...volume, launch: undefined } }, 'end'],
    ['of a machine that is gone', { pool: pool([builder('gone')], [launch('answered')]) }, 'end'],
    ['beside a machine of another launch', { pool: pool([builder('ready', 'gpu-2')]) }, 'end'],
    ['of a launch that is closed', { pool: pool([], [launch('closed')]) }, 'end'],
  ])('%s', (_, changes, decision) => {
    const judged = judgeLeftover(context(changes), now, limits);
    expect(judged).toMatchObject({ decision, isUnowned: true });
    expect(judged.why()).not.toBe('');
  });

  it.each<[string, Partial<LeftoverContext>, string]>([
    ['whose machine may be there', { pool: pool([builder('stopping')]) }, 'builder i-1 of its launch'],
    ['whose launch has no answer yet', { pool: pool([], [launch('asked')]) }, 'has no answer yet'],
  ])('%s is left, and has an owner', (_, changes, why) => {
    const judged = judgeLeftover(context(changes), now, limits);
    expect(judged).not.toHaveProperty('isUnowned');
    expect(judged.decision).toBe('leave');
    expect(judged.why()).toContain(why);
  });

  it('has had no owner since its machine ended, since it was made, or since it was seen', () => {
    const gone = builder('gone', 'gpu-1', now - 5 * minute);
    expect(leftSince(context({ pool: pool([gone]) }), now)).toBe(now - 5 * minute);
    expect(leftSince(context(), now)).toBe(volume.madeAt);
    const { madeAt: _, ...card } = volume;
    expect(leftSince(context({ leftover: card }), now)).toBe(seen.at);
    expect(leftSince(context({ leftover: card, sight: undefined }), now)).toBe(now);
  });
});
