// What a dry run shows of its decisions: what is done or doubtful, by kinds of things, each once.
import { describe, expect, it } from 'vitest';
import { outlookOf, shownOf } from '../../infra/commands/reap/shown.ts';
import { emptyReport, type Told } from '../../shared/operations/sweep/report.ts';

const told = (what: string, id: string, decision: string, more: Partial<Told> = {}): Told => ({
  ...{ what, id, decision, why: 'so it is' },
  ...more,
});

/** Each as `group: decision id, …, +n left`. */
const shown = (decisions: Told[], all = false, unowned: string[] = []): string[] => {
  const since = { since: 0, usdPerHour: 0, kind: 'machine' } as const;
  const report = { ...emptyReport(), unowned: unowned.map((id) => ({ ...since, id })) };
  return shownOf({ at: 0, would: [], told: decisions, report }, all).map(
    ({ group, decisions: of, left }) =>
      `${group}: ${[...of.map(({ decision, id }) => `${decision} ${id}`), `+${left}`].join(', ')}`,
  );
};

const ofAllKinds = [
  told('job', '7', 'correct'),
  told('machine', 'm', 'end'),
  told('missing machine', 'l', 'look'),
  told('delivery', 'd', 'redeliver'),
  told('host', 'h', 'adopt'),
  told('volume', 'v', 'remember'),
  told('registration', 'r', 'end'),
  told('scope', 's', 'lift'),
  told('builder', 'b', 'archive'),
  told('job', '8', 'archive'),
];

describe('decisions', () => {
  it('stand in groups, in one order', () => {
    expect(shown(ofAllKinds)).toEqual([
      'machines: end m, look l, +0',
      'hosts: adopt h, +0',
      'leftovers: remember v, +0',
      'registrations: end r, lift s, +0',
      'jobs: correct 7, +0',
      'deliveries: redeliver d, +0',
      'records: archive b, archive 8, +0',
    ]);
  });

  it('to leave something as it is are counted, and shown if all are asked for', () => {
    const quiet = [
      told('machine', 'a', 'leave'),
      told('missing machine', 'b', 'nothing'),
      told('machine', 'c', 'end'),
      told('repository', 'film/color', 'list'),
    ];
    expect(shown(quiet)).toEqual(['machines: end c, +2', 'jobs: +1']);
    expect(shown(quiet, true)).toEqual([
      'machines: leave a, nothing b, end c, +0',
      'jobs: list film/color, +0',
    ]);
  });

  it('are shown of what has no owner, and of what is doubtful', () => {
    const left = [
      told('machine', 'unowned', 'leave'),
      told('machine', 'doubtful', 'leave', { isDoubtful: true }),
      told('machine', 'owned', 'leave'),
    ];
    expect(shown(left, false, ['unowned'])).toEqual(['machines: leave unowned, leave doubtful, +1']);
  });

  it('about one thing are one: the last', () => {
    const twice = [told('machine', 'a', 'end'), told('machine', 'b', 'end'), told('machine', 'a', 'leave')];
    expect(shown(twice, true)).toEqual(['machines: leave a, end b, +0']);
    expect(
      shown([told('job', '7', 'record', { pool: 'gpu' }), told('job', '7', 'record', { pool: 'xl' })]),
    ).toEqual(['jobs: record 7, record 7, +0']);
  });

  it('that remember say what comes next', () => {
    expect(outlookOf(told('machine', 'a', 'remember'))).toContain('would end it');
    expect(outlookOf(told('missing machine', 'a', 'remember'))).toContain('would ask the cloud');
    expect(outlookOf(told('machine', 'a', 'end'))).toBe('');
  });
});
