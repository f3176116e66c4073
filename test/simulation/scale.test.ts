// Worlds of scale: many jobs are served, and what is counted is what the simulated DynamoDB would have seen.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { toAttributes } from '../../shared/store/attributes.ts';
import * as samples from '../store/samples.ts';
import { figuresOf } from './scale/figures.ts';
import { figuresIn, measured, scale } from './scale/main.ts';
import { meterOf } from './scale/meter.ts';
import { choiceOf } from './scale/options.ts';
import { markdownOf, rowsOf } from './scale/rows.ts';
import { type Passed, runScale } from './scale/run.ts';
import { shareIn } from './scale/share.ts';
import { itemBytes, rowBytes } from './scale/sizes.ts';
import { sorted } from './scale/sorted.ts';

vi.setConfig({ testTimeout: 120_000 });

const countsOf = ({ meter }: Passed): Record<string, number> =>
  Object.fromEntries(meter.names('').map((name) => [name, meter.sum(name)]));

describe('a world of scale', () => {
  it('serves all jobs, each by a machine that is gone in the end, and prints what that took', async () => {
    const passed = await runScale({ seed: 3, shape: 'burst', jobs: 500, thin: true });
    expect(passed.violations).toEqual([]);
    const figures = figuresOf('burst', passed);
    expect(figures.served).toBe(500);
    expect(passed.live.at(-1)).toBe(0);
    expect(figures.minutes.at(-1)).toEqual({ started: 500, live: 0 });
    const text = rowsOf([figures])
      .map((row) => row.join(' '))
      .join('\n');
    expect(text).toMatch(/^calls a job: DynamoDB \d/m);
    expect(text).toMatch(/^control plane, USD for 1,000 jobs 0\.\d+$/m);
  });

  it('counts over its own tables what the real store does over the simulated DynamoDB', async () => {
    const world = { seed: 5, shape: 'burst', jobs: 60, thin: false } as const;
    const port = await runScale({ ...world, storage: 'port' });
    const wire = await runScale({ ...world, storage: 'wire' });
    expect(port.machines).toBe(wire.machines);
    expect(port.waits).toEqual(wire.waits);
    expect(countsOf(port)).toEqual(countsOf(wire));
  });

  it('counts heartbeats that it leaves out', async () => {
    const world = { seed: 7, shape: 'burst', jobs: 40 } as const;
    const whole = countsOf(await runScale({ ...world, thin: false }));
    const thin = countsOf(await runScale({ ...world, thin: true }));
    expect(thin['heartbeats only counted']).toBeGreaterThan(300);
    for (const name of ['run builder-api', 'DynamoDB PutItem', 'DynamoDB GetItem', 'write units'])
      expect((thin[name] ?? 0) / (whole[name] ?? 1), name).toBeCloseTo(1, 1);
  });
});

describe('what was measured', () => {
  const root = join(import.meta.dirname, '../..');
  const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

  it('stands in README', () => {
    expect(textOf('README.md')).toContain(markdownOf(figuresIn(measured)));
  });

  it('is drawn in its pictures', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'callsheet-scale-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    await scale(['--draw', folder], { out: () => undefined, err: () => undefined });
    for (const name of ['scale-growth.svg', 'scale-burst.svg'])
      expect(readFileSync(join(folder, name), 'utf8')).toBe(textOf(`infra/pictures/${name}`));
  });
});

describe('the size of an item', () => {
  it.each(Object.values(samples))('is that of its attributes: $kind', (sample) => {
    expect(itemBytes(sample)).toBe(rowBytes(toAttributes(sample)));
  });
});

describe('the meter', () => {
  it('keeps sums, and the worst of each window', () => {
    let now = 0;
    const meter = meterOf(() => now);
    for (const at of [0, 100, 900, 1000, 59_999, 60_000]) {
      now = at;
      meter.add('call', 2, 'second', 'minute');
    }
    expect(meter.sum('call')).toBe(12);
    expect([meter.peak('call', 'second'), meter.peak('call', 'minute')]).toEqual([6, 10]);
  });
});

describe('values in the order of their keys', () => {
  it('stay so as they come and go', () => {
    const values = sorted<number>();
    for (const [index, key] of ['d', 'a', 'c', 'b', 'c'].entries()) values.set(key, index);
    values.delete('b');
    values.delete('nothing');
    expect(values.after(undefined)).toEqual([1, 4, 0]);
    expect(values.after('b')).toEqual([4, 0]);
  });
});

describe('the share of own code', () => {
  it('has what libraries do for it, and nothing of the world', () => {
    const frame = (url: string) => ({ callFrame: { url } });
    const nodes = [
      { id: 1, children: [2, 4, 5], ...frame('') },
      { id: 2, hitCount: 3, children: [3], ...frame('file:///x/shared/scheduler/plan.ts') },
      { id: 3, hitCount: 2, ...frame('file:///x/node_modules/zod/core.js') },
      { id: 4, hitCount: 4, ...frame('file:///x/test/simulation/time.ts') },
      { id: 5, hitCount: 1, ...frame('node:internal') },
    ];
    expect(shareIn(nodes)).toBe(0.5);
  });
});

describe('the command line', () => {
  it('has usual numbers for each shape', () => {
    expect(choiceOf(['--shape', 'burst'])).toMatchObject({ shape: 'burst', jobs: 10_000, seed: 1 });
    expect(choiceOf([])).toMatchObject({ shape: 'day', jobs: 100_000 });
  });

  it.each([
    [['--shape', 'flood'], 'day or burst or plateau'],
    [['--jobs', '0'], '--jobs takes a whole number'],
    [['--from', 'a.json'], 'add --draw'],
  ])('refuses %j', (args, words) => {
    expect(() => choiceOf(args)).toThrow(words);
  });
});
