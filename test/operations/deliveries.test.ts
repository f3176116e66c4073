// Failed deliveries over many sweeps: what is read, what is asked again, and what that costs.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redeliver } from '../../shared/operations/sweep/deliveries.ts';
import { freshMemory } from '../../shared/operations/sweep/memory.ts';
import { emptyReport, type Report } from '../../shared/operations/sweep/report.ts';
import type { Time } from '../../shared/scheduler/records.ts';
import type { SweepMemory } from '../../shared/scheduler/sweep-records.ts';
import { type Answer, type DeliveryList, deliveryList } from './deliveries-list.ts';
import { minute, second, stage } from './fakes.ts';

const hour = 60 * minute;
const day = 24 * hour;

interface Webhook {
  list: DeliveryList;
  memory: () => SweepMemory;
  now: () => Time;
  later(ms: number): void;
  /** A sweep; `crash`: its memory is not saved. */
  sweep(crash?: boolean): Promise<Report>;
}

function webhook(answerTo: (guid: string) => Answer = () => ({ hasArrived: true, lateMs: 0 })): Webhook {
  const { ports, later } = stage();
  const { now } = ports.clock;
  const list = deliveryList(now, answerTo);
  ports.github.deliveries = list;
  let memory = freshMemory(now());
  return {
    list,
    memory: () => memory,
    now,
    later,
    async sweep(crash = false) {
      const report = emptyReport();
      const working = structuredClone(memory);
      await redeliver(ports, working, report, () => false);
      if (!crash) memory = structuredClone(working);
      return report;
    },
  };
}

const askedFor = ({ list }: Webhook): string[] => [...list.asked.keys()].sort();

/** Attempts in a row, a tenth of a second apart, the first one `agoMs` ago. */
function add({ list, now }: Webhook, names: string[], agoMs: number, more: Partial<Answer & object> = {}) {
  names.forEach((guid, nth) => {
    list.add({ guid, at: now() - agoMs + nth * 100, lateMs: 0, hasArrived: false, ...more });
  });
}

const names = (n: number, prefix: string): string[] => Array.from({ length: n }, (_, i) => `${prefix}${i}`);

describe('the list of deliveries', () => {
  it('is read back for three days by the first sweep, and by one call from then on', async () => {
    const hook = webhook();
    add(hook, ['old'], 71 * hour);
    add(hook, ['forgotten'], 73 * hour);
    add(hook, names(350, 'fine'), 60 * hour, { hasArrived: true });
    await hook.sweep();
    expect(askedFor(hook)).toEqual(['old']);
    expect(hook.list.calls().pages).toBe(4);
    for (let n = 0; n < 12; n += 1) {
      hook.later(minute);
      add(hook, names(8, `n${n}-`), 40 * second, { hasArrived: true });
      await hook.sweep();
      expect(hook.list.calls().pages).toBe(1);
    }
  });

  it('is read by ten pages a sweep, and what is left by the next ones', async () => {
    const hook = webhook();
    add(hook, ['last'], 70 * hour);
    add(hook, names(2500, 'fine'), 60 * hour, { hasArrived: true });
    const pages: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      await hook.sweep();
      pages.push(hook.list.calls().pages);
      hook.later(minute);
    }
    expect(pages).toEqual([10, 10, 8, 1]);
    expect(askedFor(hook)).toEqual(['last']);
    expect(hook.memory().deliveries.gaps).toEqual([]);
  });

  it('goes on where it was after a call that failed, and says that it did nothing', async () => {
    const hook = webhook();
    add(hook, ['last'], 70 * hour);
    add(hook, names(1500, 'fine'), 60 * hour, { hasArrived: true });
    await hook.sweep();
    hook.list.trouble.silent = true;
    hook.later(minute);
    const report = await hook.sweep();
    expect(report.abstained).toEqual([{ part: 'deliveries', why: 'no answer', kinds: [] }]);
    hook.list.trouble.silent = false;
    hook.later(minute);
    await hook.sweep();
    expect(askedFor(hook)).toEqual(['last']);
  });

  it('is read anew from the top where GitHub does not take a cursor any more', async () => {
    const hook = webhook();
    add(hook, ['last'], 70 * hour);
    add(hook, names(1500, 'fine'), 60 * hour, { hasArrived: true });
    await hook.sweep();
    hook.list.trouble.cursorsEnd = true;
    hook.later(minute);
    await hook.sweep();
    hook.list.trouble.cursorsEnd = false;
    for (let n = 0; n < 3; n += 1) {
      hook.later(minute);
      await hook.sweep();
    }
    expect(askedFor(hook)).toEqual(['last']);
  });

  it('keeps up with 200 attempts a minute', async () => {
    const hook = webhook();
    const gaps: number[] = [];
    for (let n = 0; n < 40; n += 1) {
      hook.later(minute);
      add(hook, names(200, `m${n}-`), 50 * second, { hasArrived: true });
      await hook.sweep();
      gaps.push(hook.memory().deliveries.gaps.length);
    }
    expect(gaps.slice(-10)).toContain(0);
  });
});

describe('a delivery among many others', () => {
  /** Sweeps while 150 attempts a minute arrive. */
  async function minutes(hook: Webhook, n: number): Promise<void> {
    for (let nth = 0; nth < n; nth += 1) {
      hook.later(minute);
      add(hook, names(150, `${hook.now()}-`), 55 * second, { hasArrived: true });
      await hook.sweep();
    }
  }

  it('is found when GitHub lists its failure minutes late', async () => {
    const hook = webhook();
    await minutes(hook, 20);
    add(hook, ['late'], 0, { lateMs: 4 * minute });
    await minutes(hook, 12);
    expect(hook.list.asked.get('late')).toHaveLength(1);
  });

  it('is asked for once when GitHub lists its success minutes late', async () => {
    const hook = webhook(() => ({ hasArrived: true, lateMs: 4.5 * minute }));
    await minutes(hook, 20);
    for (let nth = 0; nth < 5; nth += 1) {
      add(hook, [`lost${nth}`], 0);
      await minutes(hook, 1);
    }
    await minutes(hook, 25);
    expect([...hook.list.asked.values()].map(({ length }) => length)).toEqual([1, 1, 1, 1, 1]);
  });
});

describe('a delivery', () => {
  it('that has arrived by another attempt, seen in another sweep, is not asked again', async () => {
    const hook = webhook();
    add(hook, ['healed'], 10 * hour);
    add(hook, names(1200, 'fine'), 8 * hour, { hasArrived: true });
    add(hook, ['healed'], hour, { hasArrived: true });
    await hook.sweep();
    hook.later(minute);
    await hook.sweep();
    expect(askedFor(hook)).toEqual([]);
  });

  it('that fails again is asked for every five minutes, and after ten times hourly, by name', async () => {
    const hook = webhook(() => ({ hasArrived: false, lateMs: 0 }));
    add(hook, ['lost'], minute);
    const problems: string[] = [];
    for (let n = 0; n < 240; n += 1) {
      problems.push(...(await hook.sweep()).problems);
      hook.later(minute);
    }
    const times = hook.list.asked.get('lost') ?? [];
    const waits = times.map((at, nth) => at - (times[nth - 1] ?? 0)).slice(1);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(5 * minute);
    expect(waits.slice(0, 9).every((wait) => wait <= 12 * minute)).toBe(true);
    expect(waits.slice(9).every((wait) => wait >= hour)).toBe(true);
    expect(problems[0]).toBe('delivery lost: failed 10 times since 2026-11-21T11:59:00.000Z');
  });

  it('of which the request fails holds up no other', async () => {
    const hook = webhook((guid) => (guid === 'b' ? 'none' : { hasArrived: true, lateMs: 0 }));
    add(hook, ['a', 'b', 'c'], minute);
    const { problems, counts } = await hook.sweep();
    expect(problems).toEqual(['delivery b: no answer']);
    expect(counts).toEqual({ 'deliveries repeated': 2 });
  });

  it('is asked for by and by when thousands have failed, and none is forgotten', async () => {
    let isDown = true;
    const hook = webhook(() => ({ hasArrived: !isDown, lateMs: 0 }));
    const lost = names(1000, 'lost');
    add(hook, lost, hour);
    for (let n = 0; n < 20; n += 1) {
      await hook.sweep();
      expect(Object.keys(hook.memory().deliveries.failed).length).toBeLessThanOrEqual(300);
      hook.later(minute);
    }
    isDown = false;
    for (let n = 0; n < 60; n += 1) {
      await hook.sweep();
      const { pages, asks } = hook.list.calls();
      if (n > 0) expect([pages <= 10, asks <= 100]).toEqual([true, true]);
      hook.later(minute);
    }
    expect(lost.filter((guid) => hook.list.arrivedAt(guid) === undefined)).toEqual([]);
    expect(hook.memory().deliveries.failed).toEqual({});
  });
});

/** A delivery as GitHub tries it at first, and perhaps once more by somebody else. */
interface Coming {
  guid: string;
  at: Time;
  lateMs: number;
  fails: boolean;
  healedAfterMs?: number | undefined;
}

function bring({ list }: Webhook, { guid, at, lateMs, fails, healedAfterMs }: Coming): void {
  list.add({ guid, at, lateMs, hasArrived: !fails });
  if (fails && healedAfterMs) list.add({ guid, at: at + healedAfterMs, lateMs, hasArrived: true });
}

/** Ninety sweeps, the first with troubles. Answers how many were not remembered. */
async function sweeps({ list, later, sweep }: Webhook, troubles: readonly string[]): Promise<number> {
  for (let n = 0; n < 90; n += 1) {
    list.trouble.silent = troubles[n] === 'silent';
    list.trouble.cursorsEnd = troubles[n] === 'cursors end';
    await sweep(troubles[n] === 'crash');
    const { pages, asks } = list.calls();
    expect(pages).toBeLessThanOrEqual(10);
    expect(asks).toBeLessThanOrEqual(100);
    later(minute);
  }
  return troubles.filter((trouble) => trouble === 'crash').length;
}

/** Of one delivery: it has arrived if it could, and was not asked for in vain more often than it may. */
function judge({ list, now }: Webhook, { guid, at }: Coming, began: Time, crashes: number): void {
  const arrivedAt = list.arrivedAt(guid);
  const asked = list.asked.get(guid) ?? [];
  if (at > now() - 3 * day) expect(arrivedAt).toBeDefined();
  if (at < began - 3 * day) expect(asked).toEqual([]);
  const inVain = asked.filter((time) => arrivedAt !== undefined && time > arrivedAt);
  expect(inVain.length).toBeLessThanOrEqual(1 + crashes);
}

describe('whatever happens', () => {
  const lateMs = fc.integer({ min: 0, max: 5 * minute });
  const attempts = fc.record({
    // Some are too old from the beginning, and some come while the sweeps go on.
    at: fc.integer({ min: -75 * hour, max: 20 * minute }),
    lateMs,
    healedAfterMs: fc.option(fc.integer({ min: minute, max: 30 * minute }), { nil: undefined }),
    count: fc.integer({ min: 1, max: 60 }),
    fails: fc.boolean(),
  });
  const trouble = fc.constantFrom('none', 'none', 'none', 'crash', 'silent', 'cursors end');
  const answer = fc.oneof(fc.record({ hasArrived: fc.boolean(), lateMs }), fc.constant('none' as const));
  const given = [
    fc.array(attempts, { maxLength: 40 }),
    fc.array(trouble, { minLength: 25, maxLength: 25 }),
    fc.array(answer, { maxLength: 60 }),
  ] as const;

  it('what has not arrived is asked for, what has arrived once more at most, within the bounds', async () => {
    const property = fc.asyncProperty(...given, async (groups, troubles, answers) => {
      const hook = webhook(() => answers.pop() ?? { hasArrived: true, lateMs: 0 });
      const began = hook.now();
      const coming = groups.flatMap(({ count, at, ...one }, group) =>
        names(count, `${group}-`).map((guid, nth) => ({ ...one, guid, at: began + at + nth * 10 })),
      );
      for (const one of coming) bring(hook, one);
      const crashes = await sweeps(hook, troubles);
      for (const one of coming) judge(hook, one, began, crashes);
    });
    await fc.assert(property, { numRuns: 40 });
  }, 30_000);
});
