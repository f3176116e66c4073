// Receipts as people see them: one row a day, a sentence that says it all, and less of it for everybody.
import { describe, expect, it } from 'vitest';
import { publicReceiptViews, receiptViews } from '../../shared/operations/receipts-view.ts';
import type { Report } from '../../shared/operations/sweep/report.ts';
import { at, machine, reaperOfDays, silent } from './days.ts';

/** A day of which all sweeps from noon on find the same. `minutes`: as many sweeps. */
async function dayWith(found: Partial<Report>, minutes = 2) {
  const reaper = reaperOfDays('21T12:00');
  await reaper.sweep('21T12:00');
  const end = new Date(at('21T12:00') + minutes * 60_000).toISOString().slice(8, 16);
  await reaper.sweeps('21T12:01', end, found);
  const now = at(end);
  const known = { memory: reaper.memory(), history: [] };
  const [all] = receiptViews(known, now);
  const [some] = publicReceiptViews(known, now);
  return { all, some };
}

describe('the rows', () => {
  it('are today so far, then the days that are over, newest first', async () => {
    const reaper = reaperOfDays('20T23:59');
    await reaper.sweep('20T23:59');
    await reaper.sweep('21T00:00', { counts: { 'jobs recorded': 1 } });
    await reaper.sweep('22T00:00');
    const known = { memory: reaper.memory(), history: await reaper.receipts() };
    const rows = receiptViews(known, at('22T00:01'));
    expect(rows.map(({ day, isOver }) => `${day} ${isOver}`)).toEqual([
      '2026-11-22 false',
      '2026-11-21 true',
      '2026-11-20 true',
    ]);
    expect(rows[0]).toMatchObject({ endedAt: null, sweeps: 1 });
    expect(rows[1]).toEqual({
      day: '2026-11-21',
      isOver: true,
      from: '2026-11-21T00:00:00.000Z',
      endedAt: '2026-11-22T00:00:00.000Z',
      isClean: true,
      words: 'nothing leaked, as far as could be seen: no sweep ended for 24 hours',
      doubts: ['no sweep ended for 24 hours'],
      sweeps: 1,
      troubled: 0,
      longestPauseMinutes: 1440,
      counts: { 'jobs recorded': 1 },
      found: [],
      abstentions: [],
      more: 0,
      usd: 0,
    });
    expect(rows[2]).toMatchObject({ words: 'nothing leaked', longestPauseMinutes: 1 });
  });

  it('are each day once, also when a receipt is written and the memory does not know', async () => {
    const reaper = reaperOfDays('21T23:59');
    await reaper.sweep('21T23:59');
    const memory = structuredClone(reaper.memory());
    await reaper.sweep('22T00:00');
    const rows = receiptViews({ memory, history: await reaper.receipts() }, at('22T00:01'));
    expect(rows).toMatchObject([{ day: '2026-11-21', isOver: true }]);
  });

  it('are none before the first sweep', () => {
    expect(receiptViews({ memory: undefined, history: [] }, at('21T12:00'))).toEqual([]);
  });
});

describe('the words', () => {
  it('of a day that is not over say so', async () => {
    expect((await dayWith({})).all).toMatchObject({ words: 'nothing leaked so far', isClean: true });
  });

  it('name what leaked, for how long, and what it cost', async () => {
    const { all, some } = await dayWith({ unowned: [machine('i-1', '21T11:00', { launch: 'gpu-7' })] }, 20);
    expect(all).toMatchObject({
      words: 'leaked: machine i-1 in us-east-1 for 20 minutes, 0.80 USD so far',
      isClean: false,
      found: [
        {
          kind: 'machine',
          id: 'i-1',
          place: 'us-east-1',
          launch: 'gpu-7',
          since: '2026-11-21T11:00:00.000Z',
          until: null,
          usd: 0.8,
          usdSoFar: 0.8,
          protected: false,
        },
      ],
      usd: 0.8,
    });
    expect(some?.words).toBe('leaked: 1 machine');
  });

  it('name a few of many', async () => {
    const disks = ['1', '2', '3', '4', '5'].map((n) =>
      machine(`vol-${n}`, '21T12:01', { kind: 'volume', place: undefined, protected: true, usdPerHour: 0 }),
    );
    const { all, some } = await dayWith({ unowned: [...disks, machine('i-1', '21T11:00')] });
    const each = (n: number) => `volume vol-${n} for 1 minute (protected)`;
    expect(all?.words).toBe(`leaked: ${each(1)}, ${each(2)}, ${each(3)}, 2 more`);
    expect(some?.words).toBe('leaked: 5 volumes');
  });

  it('say what could not be seen, when that took long', async () => {
    const abstained = [silent('provider ec2 in us-west-2')];
    expect((await dayWith({ abstained }, 16)).all).toMatchObject({ words: 'nothing leaked so far' });
    const { all, some } = await dayWith({ abstained }, 41);
    const doubt = 'nothing sure of provider ec2 in us-west-2 for 40 minutes (it did not answer)';
    expect(all).toMatchObject({
      words: `nothing leaked so far, as far as could be seen: ${doubt}`,
      isClean: true,
      doubts: [doubt],
      abstentions: [
        {
          part: 'provider ec2 in us-west-2',
          why: 'it did not answer',
          since: '2026-11-21T12:01:00.000Z',
          until: null,
          times: 41,
        },
      ],
    });
    expect(some?.words).toBe('nothing leaked so far, as far as could be seen');
  });

  it('say when the reaper has fallen silent', async () => {
    const reaper = reaperOfDays('21T12:00');
    await reaper.sweep('21T12:00');
    const [today] = receiptViews({ memory: reaper.memory(), history: [] }, at('21T12:50'));
    expect(today?.words).toBe(
      'nothing leaked so far, as far as could be seen: no sweep ended for 50 minutes',
    );
  });

  it('say that it was too much to list', async () => {
    const unowned = Array.from({ length: 101 }, (_, i) => machine(`i-${i}`, '21T12:00'));
    const { all, some } = await dayWith({ unowned });
    expect(all).toMatchObject({ words: 'leaked: more than can be listed', isClean: false, more: 1 });
    expect(some?.words).toBe('leaked: more than can be listed');
  });
});

describe('what everybody may see', () => {
  it('names no machine, no place, no part', async () => {
    const { some } = await dayWith(
      {
        unowned: [machine('i-secret', '21T11:00', { place: 'secret-place', launch: 'secret-1' })],
        abstained: [silent('queued jobs of film/secret')],
        counts: { 'orphans ended': 1 },
      },
      30,
    );
    expect(some).toEqual({
      day: '2026-11-21',
      isOver: false,
      isClean: false,
      words: 'leaked: 1 machine, as far as could be seen',
      sweeps: 31,
      counts: { 'orphans ended': 30 },
    });
  });
});
