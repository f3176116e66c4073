// The long run's command line: its arguments, its workers, its table, its report and its exit code.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { choiceOf } from './options.ts';
import { progressOf } from './progress.ts';
import { simulateWorlds } from './simulate.ts';
import { add, emptyTally, tallyLines } from './tally.ts';

vi.setConfig({ testTimeout: 120_000 });

async function run(...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const io = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
  const code = await simulateWorlds(args, io);
  return { code, out: out.join('\n'), err: err.join('\n') };
}

describe('the command line', () => {
  it.each([
    [[], 'say what to simulate: --seeds 1000, --seed 42, or mac'],
    [['--seeds', '0'], '--seeds takes a whole number from 1 to 10000000'],
    [['--seeds', 'many'], "not 'many'"],
    [['--seed', '-1'], '--seed'],
    [['--seed', '4', '--seeds', '4'], 'leave --seeds out'],
    [['--seed', '4', '--report', 'x.json'], 'leave --report out'],
    [['--seeds', '4', '--workers', '0'], '--workers takes a whole number from 1 to 256'],
    [['--seeds', '4', '--kind', 'crush'], "did you mean 'crash'?"],
    [['--seeds', '4', '--kind', 'rain'], 'there are crash, '],
    [['--colour'], '--colour'],
    [['gpu'], 'gpu'],
  ])('refuses %j with a remedy', (args, words) => {
    expect(() => choiceOf(args)).toThrow(words);
  });

  it('reads seeds from a first one on, and takes no more workers than worlds', () => {
    expect(choiceOf(['--seeds', '3', '--from', '40', '--workers', '9', '--kind', 'spot'])).toEqual({
      what: 'many',
      seeds: [40, 41, 42],
      kind: 'spot',
      workers: 3,
      report: undefined,
    });
  });

  it('tells how to use it, with all kinds of faults', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    expect(out).toContain('Usage: npm run simulate -- --seeds');
    expect(out).toMatch(/^ {2}spot +a machine is taken away$/m);
  });
});

describe('npm run simulate', () => {
  const main = join(import.meta.dirname, 'main.ts');
  const start = (...args: string[]) => spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });

  it('hands mac on to the forecast', () => {
    const { status, stdout } = start('mac', '--help');
    expect([status, stdout]).toEqual([0, expect.stringContaining('Usage: npm run simulate -- mac')]);
  });

  it('tells a wrong command line in two lines', () => {
    const { status, stdout, stderr } = start('--seeds', 'all');
    expect([status, stdout]).toEqual([2, '']);
    const [what, where] = stderr.split('\n').filter((line) => !line.includes('Warning'));
    expect(what).toMatch(/^callsheet: --seeds takes a whole number .* not 'all'$/);
    expect(where).toBe('See --help.');
  });
});

describe('a run', () => {
  it('goes through its worlds with two workers, and reports', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'callsheet-worlds-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'report.json');
    const { code, out, err } = await run('--seeds', '4', '--workers', '2', '--report', file);
    expect(code, out).toBe(0);
    expect(out).toMatch(/^worlds +4$/m);
    expect(out).toMatch(/^machines per job +\d\.\d{3}$/m);
    expect(out).toMatch(/^waits +median [\d.]+ min, 95 % [\d.]+ min, 99 % [\d.]+ min, longest/m);
    expect(err).toContain('4 of 4 worlds, 0 failed');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      numPassedTests: 4,
      numFailedTests: 0,
      success: true,
    });
  });

  it('says that it cannot write its report, after the table', async () => {
    await expect(run('--seeds', '1', '--report', '/nowhere/report.json')).rejects.toThrow(
      '--report: /nowhere/report.json is not written',
    );
  });

  it('of one seed prints what happened in its world', async () => {
    const { code, out } = await run('--seed', '2', '--kind', 'spot');
    expect(code, out).toBe(0);
    expect(out).toMatch(/^\d\d:\d\d +GitHub +\d+ queued/m);
    expect(out).toMatch(/seed 2: all invariants hold, 12 jobs, \d+ machines$/);
  });
});

describe('the table', () => {
  it('sums up worlds, and counts those that fail', () => {
    const tally = emptyTally();
    const world = { jobs: 10, wanted: 8, started: 11, virtualMs: 12 * 3_600_000 };
    add(tally, { ...world, seed: 1, violations: [], waits: [1, 2, 3, 4], faults: { crash: 3, other: 1 } });
    add(tally, { ...world, seed: 2, violations: ['machine left'], waits: [5, 30], faults: { crash: 2 } });
    expect(tallyLines(tally, 4000).join('\n')).toBe(
      [
        'worlds            2',
        'worlds that fail  1',
        'jobs              20, of which 16 had to be served',
        'machines per job  1.100',
        'waits             median 3.0 min, 95 % 30.0 min, 99 % 30.0 min, longest 30.0 min',
        'virtual time      1 days',
        'real time         4 s, 2000 ms for a world',
        'faults            6',
        '  crash                   5  a function dies between two calls',
        '  other                   1  an event is lost',
      ].join('\n'),
    );
  });
});

describe('progress without a terminal', () => {
  it('is a line for each tenth, and no more lines than worlds', () => {
    const told: string[] = [];
    const stream = Object.assign(Object.create(process.stderr), { isTTY: false });
    for (const worlds of [3, 40]) {
      const progress = progressOf(worlds, stream, (line) => told.push(line));
      for (let world = 1; world <= worlds; world += 1) progress.advance(0);
      progress.end();
    }
    expect(told).toHaveLength(13);
    expect(told.at(-1)).toBe('40 of 40 worlds, 0 failed');
  });
});
