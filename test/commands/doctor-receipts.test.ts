// `npm run doctor` about the reaper: whether its receipt of yesterday is there, and clean.
import { describe, expect, it } from 'vitest';
import { desk, row as lineOf, type Shown } from './desk.ts';
import { dayAgo, type ReceiptsApi, receiptsApi, row } from './receipts-api.ts';

interface Said {
  state: string;
  found: string;
  out: string;
}

/** What the doctor says of receipts. `rows`: what the API answers. */
async function said(change: (api: ReceiptsApi) => void): Promise<Said> {
  const at = await desk();
  const api = await receiptsApi(at);
  at.aws.outputs = { ApiUrl: api.url };
  await at.run('secrets', '--create');
  change(api);
  const shown: Shown = await at.run('doctor');
  const [state = '', , found = ''] = lineOf(shown, 'receipts', 1);
  return { state, found, out: shown.out };
}

describe('yesterday’s receipt', () => {
  it('is there, and clean', async () => {
    expect(await said(() => undefined)).toMatchObject({
      state: 'ok',
      found: `${dayAgo(1)}: nothing leaked (1440 sweeps)`,
    });
  });

  it.each([
    [
      { isClean: false, words: 'leaked: machine i-1 for 2 hours' },
      'leaked: machine i-1 for 2 hours (1440 sweeps)',
    ],
    [{ doubts: ['no sweep ended for 40 minutes'] }, 'nothing leaked (1440 sweeps)'],
  ])('is not clean, or not sure: %j', async (more, words) => {
    const { state, found, out } = await said((api) => {
      api.rows = [row(dayAgo(0)), row(dayAgo(1), more)];
    });
    expect([state, found]).toEqual(['warn', `${dayAgo(1)}: ${words}`]);
    expect(out).toContain('-> README, "A receipt is not clean"');
  });

  it('is missing', async () => {
    const { state, found, out } = await said((api) => {
      api.rows = [row(dayAgo(2)), row(dayAgo(3))];
    });
    expect([state, found]).toEqual(['warn', `none of ${dayAgo(1)}; the newest is of ${dayAgo(2)}`]);
    expect(out).toContain('-> README, "Runbook: reaper silent"');
    const gap = await said((api) => {
      api.rows = [row(dayAgo(0)), row(dayAgo(2))];
    });
    expect([gap.state, gap.found]).toEqual(['warn', `none of ${dayAgo(1)}; the newest is of ${dayAgo(0)}`]);
    const never = await said((api) => {
      api.rows = [];
    });
    expect([never.state, never.found]).toEqual(['warn', 'the reaper has not swept yet']);
  });

  it('is not to be expected on the first day', async () => {
    const first = await said((api) => {
      api.rows = [row(dayAgo(0))];
    });
    expect([first.state, first.found]).toEqual([
      'ok',
      `none yet: the first sweep was at ${dayAgo(0)}T00:00:10.000Z`,
    ]);
  });

  it('cannot be asked for', async () => {
    const nonsense = await said((api) => {
      api.rows = 'Welcome';
    });
    expect([nonsense.state, nonsense.found]).toEqual([
      'fail',
      expect.stringMatching(/^what answers at 127\.0\.0\.1:\d+ is not Callsheet's API$/),
    ]);
    const other = await said((api) => {
      api.rows = [{ day: dayAgo(1) }];
    });
    expect(other).toMatchObject({
      state: 'fail',
      found: 'the API answers receipts of another version: deploy this one',
    });
    const { run, aws } = await desk();
    aws.outputs = { ApiUrl: 'http://127.0.0.1:1/api' };
    const shown = await run('doctor');
    expect(lineOf(shown, 'receipts', 1)).toEqual(['skipped', 'receipts', 'no token to ask the API with']);
  });
});
