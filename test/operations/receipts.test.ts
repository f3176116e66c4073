// Receipts: what the sweeps of a day add up to, what is a leak, what is in doubt, and what a day costs.
import { describe, expect, it } from 'vitest';
import { closeDays, noteSweep } from '../../shared/operations/sweep/receipt.ts';
import { emptyReport } from '../../shared/operations/sweep/report.ts';
import { freshDay } from '../../shared/scheduler/receipts.ts';
import type { LeftKind, Unowned } from '../../shared/scheduler/sweep-records.ts';
import { at, bytesOf, freshMemory, machine, reaperOfDays, silent } from './days.ts';

describe('a day', () => {
  it('adds up its sweeps', async () => {
    const reaper = reaperOfDays('21T12:00');
    await reaper.sweep('21T12:00', { counts: { 'orphans ended': 1, 'jobs recorded': 2 } });
    await reaper.sweep('21T12:01', { counts: { 'jobs recorded': 3 }, problems: ['deliveries: no answer'] });
    await reaper.sweep('21T12:06');
    expect(reaper.memory().today).toEqual({
      ...freshDay(at('21T12:00')),
      sweeps: 3,
      troubled: 1,
      longestPauseMs: 300_000,
      counts: { 'orphans ended': 1, 'jobs recorded': 5 },
    });
  });

  it('knows of no pause before the first sweep of all', () => {
    const memory = { ...freshMemory(at('21T12:00')), at: 0 };
    noteSweep(memory, emptyReport(), at('21T12:00'), at('21T12:00'));
    expect(memory.today.longestPauseMs).toBe(0);
  });

  it('is written once it is over, in UTC, and told in one line', async () => {
    const reaper = reaperOfDays('21T23:58');
    await reaper.sweeps('21T23:58', '21T23:59');
    expect(await reaper.receipts()).toEqual([]);
    await reaper.sweep('22T00:00');
    expect(await reaper.receipts()).toEqual([
      {
        kind: 'receipt',
        pool: '+',
        id: '2026-11-21',
        version: 0,
        from: at('21T23:58'),
        endedAt: at('22T00:00'),
        sweeps: 2,
        troubled: 0,
        longestPauseMs: 60_000,
        counts: {},
        found: [],
        abstentions: [],
        more: 0,
        isClean: true,
        usd: 0,
      },
    ]);
    expect(reaper.lines).toMatchObject([
      { unit: 'receipt', day: '2026-11-21', outcome: 'nothing leaked', sweeps: 2 },
    ]);
    expect(reaper.memory().today).toMatchObject({ day: '2026-11-22', from: at('22T00:00'), sweeps: 1 });
  });

  it('that is yet to come, of a clock that was ahead, is given up: the present one goes on', async () => {
    const reaper = reaperOfDays('21T11:58');
    await reaper.sweeps('21T11:58', '21T11:59');
    await reaper.sweep('25T12:00', { unowned: [machine('m1', '21T11:00')] });
    await reaper.sweep('21T12:01', { unowned: [machine('m1', '21T11:00')] });
    expect(reaper.memory().today).toMatchObject({ day: '2026-11-21', sweeps: 1, found: [{ id: 'm1' }] });
    await reaper.sweep('22T00:00');
    expect((await reaper.receipts()).map(({ id }) => id)).toEqual(['2026-11-21']);
  });

  it('is written again as it was, when nobody remembers that it was written', async () => {
    const reaper = reaperOfDays('21T23:00');
    await reaper.sweep('21T23:00', { unowned: [machine('i-1', '21T22:00')] });
    const before = structuredClone(reaper.memory());
    await reaper.sweep('22T00:01');
    const [first] = await reaper.receipts();
    await closeDays({ history: reaper.history, log: () => undefined }, before, at('22T00:09'));
    expect(await reaper.receipts()).toEqual([first]);
  });

  it('goes on until it can be written', async () => {
    const memory = freshMemory(at('21T23:59'));
    noteSweep(memory, emptyReport(), at('21T23:59'), memory.at);
    const put = () => Promise.reject(new Error('throttled'));
    const history = { ...reaperOfDays('21T23:59').history, put };
    const closing = closeDays({ history, log: () => undefined }, memory, at('22T00:00'));
    await expect(closing).rejects.toThrow('throttled');
    noteSweep(memory, emptyReport(), at('22T00:00'), memory.at);
    expect(memory.today).toMatchObject({ day: '2026-11-21', sweeps: 2 });
  });

  it('without a sweep has no receipt: the next one shows the gap', async () => {
    const reaper = reaperOfDays('21T20:00');
    await reaper.sweep('21T20:00');
    await reaper.sweep('24T06:00');
    await reaper.sweep('25T00:00');
    expect(await reaper.receipts()).toMatchObject([
      { id: '2026-11-24', longestPauseMs: 58 * 3_600_000 },
      { id: '2026-11-21', longestPauseMs: 4 * 3_600_000, endedAt: at('22T00:00') },
    ]);
  });

  it('does not end when the clock goes back', async () => {
    const reaper = reaperOfDays('22T00:01');
    await reaper.sweep('22T00:01');
    await reaper.sweep('21T23:59');
    expect(await reaper.receipts()).toEqual([]);
    expect(reaper.memory().today).toMatchObject({ day: '2026-11-22', sweeps: 2, longestPauseMs: 0 });
  });
});

describe('what is found', () => {
  const lost = machine('i-1', '21T11:58', { launch: 'gpu-7' });

  it('stands from then on by the cloud’s word until a sweep does not find it', async () => {
    const reaper = reaperOfDays('21T11:59');
    await reaper.sweep('21T11:59');
    await reaper.sweeps('21T12:00', '21T12:02', { unowned: [lost] });
    await reaper.sweep('21T12:03');
    expect(reaper.memory().today.found).toEqual([
      { ...lost, unownedSince: at('21T11:59'), until: at('21T12:03') },
    ]);
  });

  it('has not ended while its place does not tell', async () => {
    const reaper = reaperOfDays('21T12:00');
    const untilOf = (id: string) => reaper.memory().today.found.find((found) => found.id === id)?.until;
    const disk = machine('vol-1', '21T11:58', { kind: 'volume' });
    const elsewhere = machine('i-2', '21T11:58', { place: 'us-west-2' });
    const runner = machine('7', '21T11:58', { kind: 'registration', place: 'film' });
    await reaper.sweep('21T12:00', { unowned: [lost, disk, elsewhere, runner] });
    await reaper.sweep('21T12:01', { abstained: [silent('ec2 in us-east-1', { place: 'us-east-1' })] });
    expect(['i-1', 'vol-1', 'i-2', '7'].map(untilOf)).toEqual([
      undefined,
      undefined,
      at('21T12:01'),
      at('21T12:01'),
    ]);
    await reaper.sweep('21T12:02', { abstained: [silent('ec2')] });
    expect(untilOf('i-1')).toBeUndefined();
    await reaper.sweep('21T12:03', { abstained: [silent('registrations', { kinds: ['registration'] })] });
    expect(untilOf('i-1')).toBe(at('21T12:03'));
  });

  it('that comes back stands again, and its tag may have gone', async () => {
    const reaper = reaperOfDays('21T12:00');
    await reaper.sweep('21T12:00', { unowned: [{ ...lost, protected: true }] });
    await reaper.sweep('21T12:01');
    await reaper.sweep('21T12:02', { unowned: [{ ...lost, since: at('21T12:02') }] });
    expect(reaper.memory().today.found).toEqual([{ ...lost, unownedSince: at('21T12:00') }]);
  });

  it('stays in the next day while it stands, and costs from midnight there', async () => {
    const reaper = reaperOfDays('21T20:00');
    await reaper.sweep('21T20:00', { unowned: [machine('i-1', '21T18:00'), machine('i-2', '21T19:00')] });
    await reaper.sweep('21T23:00', { unowned: [machine('i-1', '21T18:00')] });
    await reaper.sweep('22T00:00', { unowned: [machine('i-1', '21T18:00')] });
    await reaper.sweep('22T01:00');
    await reaper.sweep('23T00:00');
    const [second, first] = await reaper.receipts();
    // Six hours and four, then one.
    expect(first).toMatchObject({ id: '2026-11-21', found: [{ id: 'i-1' }, { id: 'i-2' }], isClean: false });
    expect(first).toHaveProperty('usd', expect.closeTo(6));
    const carried = { since: at('21T18:00'), unownedSince: at('21T20:00'), until: at('22T01:00') };
    expect(second).toMatchObject({ found: [{ id: 'i-1', ...carried }] });
    expect(second).toHaveProperty('usd', expect.closeTo(0.6));
    expect(reaper.memory().today.found).toEqual([]);
  });
});

describe('a leak', () => {
  const isClean = async (unowned: Unowned[], minutes: number): Promise<unknown> => {
    const reaper = reaperOfDays('21T12:00');
    await reaper.sweep('21T12:00');
    await reaper.sweeps('21T12:01', `21T12:${String(minutes).padStart(2, '0')}`, { unowned });
    await reaper.sweep(`21T12:${String(minutes + 1).padStart(2, '0')}`);
    await reaper.sweep('22T00:00');
    const [receipt] = await reaper.receipts();
    return receipt && 'isClean' in receipt && receipt.isClean;
  };

  it('is what has no owner for more than fifteen minutes, however old it is', async () => {
    expect(await isClean([machine('i-1', '20T12:00')], 14)).toBe(true);
    expect(await isClean([machine('i-1', '20T12:00')], 15)).toBe(false);
    expect(await isClean([machine('i-1', '21T12:10')], 24)).toBe(true);
  });

  it('is what had none while nobody looked', async () => {
    const reaper = reaperOfDays('21T12:00');
    await reaper.sweep('21T12:00');
    await reaper.sweep('21T13:00', { unowned: [machine('i-1', '21T11:00')] });
    await reaper.sweep('21T13:01');
    await reaper.sweep('22T00:00');
    expect(await reaper.receipts()).toMatchObject([{ isClean: false }]);
  });

  it('is what stands protected at the end of the day, and not what was let go', async () => {
    const reaper = reaperOfDays('21T23:50');
    const kept = machine('i-1', '21T23:57', { protected: true });
    await reaper.sweeps('21T23:50', '21T23:59', { unowned: [kept] });
    await reaper.sweep('22T00:00', { unowned: [kept] });
    await reaper.sweep('22T00:01');
    await reaper.sweep('23T00:00');
    expect(await reaper.receipts()).toMatchObject([{ isClean: true }, { isClean: false }]);
    expect(reaper.lines).toMatchObject([{ outcome: 'leaked' }, { outcome: 'nothing leaked' }]);
    expect(reaper.lines[0]).toMatchObject({
      words: expect.stringMatching(
        /^leaked: machine i-1 in us-east-1 for 3 minutes \(protected\), 0\.03 USD so far/,
      ),
      found: ['machine i-1 in us-east-1 since 2026-11-21T23:57:00.000Z, protected, 0.03 USD so far'],
    });
  });
});

describe('an abstention', () => {
  it('is counted while it lasts, and begins anew after it has ended', async () => {
    const reaper = reaperOfDays('21T12:00');
    const west = silent('provider ec2 in us-west-2');
    await reaper.sweep('21T12:00', { abstained: [west] });
    await reaper.sweep('21T12:01', { abstained: [{ ...west, why: 'throttled' }, west] });
    await reaper.sweep('21T12:02', { abstained: [silent('deliveries')] });
    await reaper.sweep('21T12:03', { abstained: [west] });
    const { part } = west;
    expect(reaper.memory().today.abstentions).toEqual([
      { part, why: 'it did not answer', since: at('21T12:00'), until: at('21T12:02'), times: 2 },
      {
        part: 'deliveries',
        why: 'it did not answer',
        since: at('21T12:02'),
        until: at('21T12:03'),
        times: 1,
      },
      { part, why: 'it did not answer', since: at('21T12:03'), times: 1 },
    ]);
  });

  it('that lasts goes on in the next day', async () => {
    const reaper = reaperOfDays('21T23:59');
    const abstained = [silent('deliveries')];
    await reaper.sweeps('21T23:59', '22T00:01', { abstained });
    expect(reaper.memory().today.abstentions).toMatchObject([{ since: at('21T23:59'), times: 3 }]);
  });
});

describe('more than a receipt can list', () => {
  const many = (n: number, begin = 0, kind: LeftKind = 'registration'): Unowned[] =>
    Array.from({ length: n }, (_, i) => ({
      ...machine(`${'x'.repeat(120)}-${begin + i}`, '21T12:00', { kind, place: 'y'.repeat(60) }),
      launch: `${'z'.repeat(60)}-${i}`,
      protected: true,
    }));
  const silents = (n: number) =>
    Array.from({ length: n }, (_, i) => silent(`${'part'.repeat(30)} ${i}`, { why: 'why '.repeat(5000) }));

  it('is counted, at most of one sweep', async () => {
    const reaper = reaperOfDays('21T12:00');
    await reaper.sweep('21T12:00', { unowned: many(5000), abstained: silents(60) });
    await reaper.sweep('21T12:01', { unowned: many(4000), abstained: silents(52) });
    const { found, abstentions, more } = reaper.memory().today;
    expect([found.length, abstentions.length, more]).toEqual([100, 50, 4910]);
    expect(bytesOf(reaper.memory())).toBeLessThan(100_000);
  });

  it('is no clean day, however soon what it lists was ended', async () => {
    const reaper = reaperOfDays('21T12:00');
    await reaper.sweep('21T12:00', { unowned: many(101).map((each) => ({ ...each, protected: undefined })) });
    await reaper.sweep('21T12:01');
    await reaper.sweep('22T00:00');
    expect(await reaper.receipts()).toMatchObject([{ isClean: false, more: 1 }]);
    const blind = reaperOfDays('21T12:00');
    await blind.sweep('21T12:00', { abstained: silents(51) });
    await blind.sweep('21T12:01');
    await blind.sweep('22T00:00');
    expect(await blind.receipts()).toMatchObject([{ isClean: true, more: 1 }]);
  });
});
