// Golden tables of orphans: what the reaper does about a machine or a registration that it has been shown.
import { describe, expect, it } from 'vitest';
import {
  type Decision,
  judge,
  judgeRegistration,
  type SightingContext,
} from '../../shared/scheduler/orphans.ts';
import type { Sight } from '../../shared/scheduler/records.ts';
import { ago, boots, limits, minute, now, ready, second } from './scene.ts';

const seen = (at: number): Sight => ({ kind: 'sight', pool: 'gpu', id: 'm1', version: 1, at });
const machine = (age: number) => ({ id: 'm1', launch: 'gpu-1', startedAt: ago(age) });
const gone = (since: number) => boots('m1', { phase: 'gone', endedAt: ago(since) });

const stranger: SightingContext = {
  sighting: machine(10 * minute),
  builder: undefined,
  sight: undefined,
  launchKnown: false,
  builderEnded: false,
};

const guarded = { sighting: { ...machine(10 * minute), protected: true as const } };

describe('a machine', () => {
  it.each<[string, Partial<SightingContext>, Decision]>([
    ['with an open record is left alone', { builder: boots('m1') }, 'leave'],
    ['that stops is left alone', { builder: boots('m1', { phase: 'stopping' }) }, 'leave'],
    ['of a known launch is adopted', { launchKnown: true }, 'adopt'],
    [
      'of a known launch may be about to get its record in its first minute',
      { launchKnown: true, sighting: machine(minute) },
      'leave',
    ],
    ['of an unknown launch is a hint, once seen', {}, 'remember'],
    ['seen again too soon is the same sighting', { sight: seen(ago(50 * second - 1)) }, 'leave'],
    ['seen twice is ended', { sight: seen(ago(50 * second)) }, 'end'],
    ['whose first sighting has faded is a hint again', { sight: seen(ago(26 * minute)) }, 'remember'],
    [
      'may be shown for three minutes after its end',
      { builder: gone(3 * minute), sight: seen(ago(minute)) },
      'leave',
    ],
    [
      'shown longer after its end is a hint, not adopted',
      { builder: gone(3 * minute + 1), launchKnown: true },
      'remember',
    ],
    [
      'shown longer after its end, twice, is ended',
      { builder: gone(4 * minute), launchKnown: true, sight: seen(ago(minute)) },
      'end',
    ],
    ['whose record is in history is not adopted', { launchKnown: true, builderEnded: true }, 'remember'],
    ['whose first sighting is yet to come is a hint again', { sight: seen(now + minute) }, 'remember'],
    [
      'that is protected is left, however often it is seen',
      { ...guarded, sight: seen(ago(minute)) },
      'leave',
    ],
    ['that is protected is not adopted', { ...guarded, launchKnown: true }, 'leave'],
  ])('%s', (_, context, decision) =>
    expect(judge({ ...stranger, ...context }, now, limits).decision).toBe(decision),
  );

  it.each<[string, Partial<SightingContext>, true | undefined, string]>([
    [
      'ready',
      { builder: ready('m1', 'color', { heardAt: ago(20 * second) }) },
      undefined,
      'its record is ready, heard of 20 s ago',
    ],
    ['ended', { builder: gone(minute) }, undefined, 'its record ended 60 s ago'],
    [
      'known',
      { launchKnown: true },
      undefined,
      'it has no record, but its launch gpu-1 is known: it started 10 minutes ago',
    ],
    ['protected', guarded, true, 'nobody owns it, but it is protected by its tag'],
    ['new', {}, true, 'nobody knows its launch gpu-1; seen so for the first time'],
    ['old', { sight: seen(ago(70 * second)) }, true, 'nobody knows its launch gpu-1; seen so 70 s ago, too'],
  ])('that is %s is told of in words', (_, context, isUnowned, why) => {
    const judged = judge({ ...stranger, ...context }, now, limits);
    expect([judged.isUnowned, judged.why()]).toEqual([isUnowned, why]);
  });
});

describe('a registration', () => {
  const owner = ready('b1', 'color');
  const alone = { name: 'r-b1', busy: false, builder: undefined, sight: undefined };
  it.each<[string, Partial<Parameters<typeof judgeRegistration>[0]>, Decision]>([
    ['of a builder that has it is left alone', { builder: owner, sight: seen(ago(minute)) }, 'leave'],
    ['that is busy is left alone, whoever owns it', { busy: true, sight: seen(ago(minute)) }, 'leave'],
    ['without a builder is a hint, once seen', {}, 'remember'],
    ['without a builder, seen again too soon, is left', { sight: seen(ago(49 * second)) }, 'leave'],
    ['without a builder, seen twice, is ended', { sight: seen(ago(minute)) }, 'end'],
    ['seen long before is a hint again', { sight: seen(ago(61 * minute)) }, 'remember'],
    ['of a builder that has another one is a hint', { builder: { ...owner, runner: 'r-b1-2' } }, 'remember'],
    ['of a builder that is gone is a hint', { builder: { ...owner, phase: 'gone' } }, 'remember'],
  ])('%s', (_, context, decision) =>
    expect(judgeRegistration({ ...alone, ...context }, now, limits).decision).toBe(decision),
  );
});
