// `npm run offerings` of pools with Macs: what hosts cost in a day, and what their settings mean.
import { describe, expect, it } from 'vitest';
import { perform } from '../../infra/commands/command.ts';
import { offerings } from '../../infra/commands/offerings/main.ts';
import { parseConfig } from '../../shared/policy/schema.ts';

const pool = { os: 'macos', maximum: 3, trustedOnly: true } as const;
const config = parseConfig({
  installation: 'test',
  github: { appId: '7', installations: { solo: '12' } },
  aws: {
    region: 'us-east-1',
    regions: { 'us-east-1': { zones: ['us-east-1a', 'us-east-1b'] }, 'eu-west-1': { priceFactor: 2 } },
  },
  pools: {
    mac: {
      ...pool,
      labels: ['mac'],
      arch: 'arm64',
      ladder: [{ provider: 'local' }, { provider: 'mac', families: ['mac-m4', 'mac2'], waitMinutes: 30 }],
    },
    intel: {
      ...pool,
      labels: ['intel'],
      arch: 'x64',
      ladder: [
        { provider: 'mac', region: 'eu-west-1', zones: ['eu-west-1b'], paidDay: 'one-job', macos: 'sonoma' },
      ],
      maximum: 1,
      jobLimitMinutes: 1600,
    },
  },
  projects: { studio: { repositories: ['solo/two'], pools: ['mac', 'intel'], maxUsdPerDay: 70 } },
});

async function run(...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const io = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
  const code = await perform(offerings, args, {}, io, async () => config);
  return { code, out, err };
}

describe('a pool of Macs', () => {
  it('has what each host costs in a day, how hosts are kept, and how many a day pays for', async () => {
    const { code, out, err } = await run('mac');
    expect({ code, err }).toEqual({ code: 0, err: [] });
    expect(out).toEqual([
      'Pool mac (macos arm64): at most 3 hosts, jobs of at most 360 minutes.',
      '',
      '1-mac: macOS sequoia on hosts in us-east-1, the first type in all zones first',
      '  at most 1.230 USD an hour; 30.13 USD are set aside for each host: 24.5 hours of it',
      '  type          chip  cores  memory  zones  USD an hour  for 24 hours',
      '  mac-m4.metal  M4    10     24 GiB  a b    about 1.230  about 29.52',
      '  mac2.metal    M1    8      16 GiB  a b    0.650        15.60',
      "  'about': not read from a price list; look into that of your region",
      '',
      '  waitMinutes   30            a job waits so long for a Mac that is there; then it gets another host',
      '  paidDay       shared        a host serves jobs until its paid day is over',
      '  reset         replace-root  wiped in minutes for a trusted job of the same repository; ' +
        'else the host cleans itself, unpaid',
      '  stayMinutes   60            a Mac waits so long for its next job, then its host cleans itself',
      '  afterwards    release       an idle host is released when its paid day is over',
      '  windowServer  false         jobs cannot open windows',
      '',
      'New hosts that fit into a day, if nothing else is paid from it:',
      '  daily limit of     USD     1-mac',
      '  this installation  100.00  3',
      '  project studio     70.00   2',
    ]);
  });

  it('sets aside what a job takes that is longer than a day, and resets nothing after it', async () => {
    const { out } = await run('intel');
    expect(out.slice(2, 11)).toEqual([
      '1-mac: macOS sonoma on hosts in eu-west-1, the first type in all zones first',
      '  at most 2.166 USD an hour; 59.75 USD are set aside for each host: 27.6 hours of it',
      '  type        chip           cores  memory  zones  USD an hour  for 24 hours',
      '  mac1.metal  Intel Core i7  6      32 GiB  b      about 2.166  about 51.98',
      "  'about': not read from a price list; look into that of your region",
      '',
      '  waitMinutes   60       a job waits so long for a Mac that is there; then it gets another host',
      '  paidDay       one-job  a host serves a single job',
      '  afterwards    release  an idle host is released when its paid day is over',
    ]);
  });

  it('has a row in short, with the price of a day', async () => {
    expect((await run()).out).toEqual([
      'pool   rung   types  zones  USD an hour     for 20 minutes',
      'mac    1-mac  2      2      0.650 to 1.230  15.60 to 29.52 a day',
      'intel  1-mac  1      1      2.166           51.98 a day',
    ]);
  });

  it('has no spot', async () => {
    expect(await run('mac', '--spot')).toMatchObject({ code: 2, out: [] });
  });
});
