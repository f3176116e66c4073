// The command `simulate`: its options, its table, and the picture that is shown in the README.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { perform } from '../../infra/commands/command.ts';
import { simulate } from '../../infra/commands/simulate/main.ts';
import { type ConfigInput, parseConfig } from '../../shared/policy/schema.ts';

type Pools = ConfigInput['pools'];

const macs = (ladder: Pools[string]['ladder'], label = 'mac'): Pools[string] => ({
  labels: [label],
  os: 'macos',
  arch: 'arm64',
  ladder,
  maximum: 2,
  trustedOnly: true,
});

const linux: Pools[string] = {
  labels: ['xl'],
  os: 'linux',
  arch: 'x64',
  ladder: [{ provider: 'codebuild', size: 'large' }],
  maximum: 4,
};

/** M1s with every default, as the README shows them, and a pool of another kind. */
const usual: Pools = { mac: macs([{ provider: 'mac', families: ['mac2'] }]), 'linux-xl': linux };

const configured = (pools: Pools): ConfigInput => ({
  installation: 'test',
  github: { appId: '7', installations: { example: '11' } },
  aws: { region: 'us-east-1' },
  pools,
  projects: { one: { repositories: ['example/one'], pools: Object.keys(pools), maxUsdPerDay: 100 } },
});

const run = (...args: string[]) => runWith(usual, ...args);

async function runWith(pools: Pools, ...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const io = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
  const code = await perform(simulate, args, {}, io, async () => parseConfig(configured(pools)));
  return { code, out: out.join('\n'), err: err.join('\n') };
}

/** It is gone when the test ends. */
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'callsheet-plot-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe('simulate', () => {
  it.each([
    [[], 'npm run simulate -- mac'],
    [['gpu'], "not 'gpu'"],
    [['mac', 'mac'], 'Name one thing'],
    [['mac', '--pattern', 'nightli'], "did you mean 'nightly'?"],
    [['mac', '--days', '0'], '--days takes a whole number from 1 to 366'],
    [['mac', '--seed', 'x'], '--seed takes a whole number'],
    [['mac', '--plot', 'a.png'], 'ends in .svg'],
    [['mac', '--pool', 'linux-x'], "did you mean 'linux-xl'?"],
    [['mac', '--pool', 'linux-xl'], 'has no Macs'],
    [['mac', '--colour'], '--colour'],
  ])('refuses %j with a remedy', async (args, words) => {
    const { code, out, err } = await run(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(words);
  });

  it('tells how to use it', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, out: expect.stringContaining('Usage:') });
  });

  it('shows a row for each policy, and says what it simulates', async () => {
    const { code, out, err } = await run('mac', '--pattern', 'weekly', '--days', '14');
    expect(code).toBe(0);
    expect(err).toBe('Simulating: weekly');
    for (const policy of ['host per job', 'always on', 'Callsheet']) expect(out).toContain(policy);
    expect(out).toContain('14 days of pool mac, seed 1');
    expect(out).toMatch(/weekly: as quick as host per job \(\d+ USD\) is Callsheet \(.+\) for \d+ USD/);
  });

  it('gives the numbers as JSON', async () => {
    const { out } = await run('mac', '--pattern', 'weekly', '--days', '7', '--json');
    const rows: unknown = JSON.parse(out);
    expect(rows).toContainEqual(expect.objectContaining({ policy: 'always on', jobs: 1 }));
  });

  it('says in one line, before it simulates, that a plot cannot be where it is wanted', async () => {
    const folder = join(newFolder(), 'folder.svg');
    mkdirSync(folder);
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const plot = (where: string) => run('mac', '--pattern', 'weekly', '--days', '1', '--plot', where);
    const refused = (problem: string) => ({ code: 1, out: '', err: `callsheet: --plot: ${problem}` });
    const remedy = 'is no folder; make it, or name another';
    expect(await plot('/nowhere/plot.svg')).toEqual(refused(`/nowhere ${remedy}`));
    expect(await plot(join(file, 'plot.svg'))).toEqual(refused(`${file} ${remedy}`));
    expect(await plot(folder)).toEqual(refused(`${folder} is a folder; name a file in it`));
  });

  it('says that nothing came, where there is nothing to compare', async () => {
    const { out } = await run('mac', '--pattern', 'weekly', '--days', '1');
    expect(out).toContain('\n\nweekly: no job came in this time; simulate more --days');
    expect(out).toMatch(/^1 day of pool mac, /);
    expect(out).not.toContain('as quick as');
  });

  it('takes its settings from the pool', async () => {
    const dear = macs([{ provider: 'mac', families: ['mac-m4pro'], waitMinutes: 7 }]);
    const { out } = await runWith({ mac: dear }, 'mac', '--pattern', 'weekly', '--days', '7');
    expect(out).toContain('mac-m4pro.metal costs 1.970 USD');
    expect(out).toContain('jobs wait 7 min');
  });

  it('asks which pool is meant where it cannot know', async () => {
    const two = { ...usual, studio: macs([{ provider: 'mac' }], 'studio') };
    expect((await runWith(two, 'mac')).err).toContain('name one with --pool: mac, studio');
    expect((await runWith({ 'linux-xl': linux }, 'mac')).err).toContain('no pool has Macs of EC2');
  });

  it('draws the picture of the README', async () => {
    const plot = join(newFolder(), 'mac-demand.svg');
    expect(await run('mac', '--plot', plot)).toMatchObject({ code: 0 });
    const committed = join(import.meta.dirname, '../../infra/pictures/mac-demand.svg');
    expect(readFileSync(plot, 'utf8')).toBe(readFileSync(committed, 'utf8'));
  }, 60_000);
});
