// `npm run offerings`, as an admin sees it; prices of spot are asked over real HTTP.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import * as z from 'zod/mini';
import { perform } from '../../infra/commands/command.ts';
import { offerings } from '../../infra/commands/offerings/main.ts';
import { parseConfig } from '../../shared/policy/schema.ts';
import { configuration } from './configuration.ts';

// The first run loads the AWS SDK.
vi.setConfig({ testTimeout: 30_000 });

const zones = ['us-east-1a', 'us-east-1b'];
const config = parseConfig({
  ...configuration,
  aws: { region: 'us-east-1', regions: { 'us-east-1': { zones }, 'eu-west-1': { priceFactor: 2 } } },
  pools: {
    ...configuration.pools,
    t4: {
      labels: ['t4'],
      os: 'linux',
      arch: 'x64',
      ladder: [
        { provider: 'ec2', market: 'spot', maxUsdPerHour: 0.8, patienceMinutes: 2 },
        { provider: 'ec2', types: ['g4dn.xlarge'], region: 'eu-west-1' },
        { provider: 'codebuild', size: 'large', patienceMinutes: 20 },
        { provider: 'ec2', needs: { gpus: 0 }, maxUsdPerHour: 0.09 },
      ],
      maximum: 10,
      jobLimitMinutes: 40,
    },
    desk: { labels: ['desk'], os: 'macos', arch: 'arm64', ladder: [{ provider: 'local' }], maximum: 1 },
  },
  projects: {
    ...configuration.projects,
    solo: { ...configuration.projects.solo, pools: ['t4', 'desk'], maxUsdPerDay: 2 },
  },
});

async function run(...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const io = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
  const code = await perform(offerings, args, {}, io, async () => config);
  return { code, out, err };
}

/** The lines of a pool's rung, without its name. */
function rung(lines: string[], name: string): string[] {
  const start = lines.findIndex((line) => line.startsWith(`${name}: `));
  const end = lines.indexOf('', start);
  return lines.slice(start, end < 0 ? lines.length : end).map((line) => line.replace(`${name}: `, ''));
}

beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  const nowhere = { AWS_CONFIG_FILE: '/nowhere', AWS_SHARED_CREDENTIALS_FILE: '/nowhere' };
  for (const [name, value] of Object.entries({ ...nowhere, AWS_EC2_METADATA_DISABLED: 'true' })) {
    vi.stubEnv(name, value);
  }
});

describe('the ladder of a pool', () => {
  it('has what each rung asks for, cheapest first, and what it costs', async () => {
    const { code, out, err } = await run('t4');
    expect({ code, err }).toEqual({ code: 0, err: [] });
    expect(out[0]).toBe('Pool t4 (linux x64): at most 10 builders, jobs of at most 40 minutes.');
    expect(rung(out, '1-ec2-spot')).toEqual([
      'spot, 2 types in us-east-1, cheapest first',
      '  at most 0.752 USD an hour; 0.75 USD are set aside for each builder',
      '  the next rung is asked after 2 minutes in vain',
      '  type          GPUs    VRAM    vCPUs  memory  zones  USD an hour    for 20 minutes',
      '  g4dn.xlarge   1 x T4  16 GiB  4      16 GiB  a b    at most 0.526  at most 0.18',
      '  g4dn.2xlarge  1 x T4  16 GiB  8      32 GiB  a b    at most 0.752  at most 0.25',
    ]);
    expect(rung(out, '2-ec2-on-demand')).toEqual([
      'on-demand, 1 type in eu-west-1, cheapest first',
      '  at most 1.052 USD an hour; 1.05 USD are set aside for each builder',
      '  the next rung is asked as soon as there is nothing to have',
      '  type         GPUs    VRAM    vCPUs  memory  zones  USD an hour  for 20 minutes',
      '  g4dn.xlarge  1 x T4  16 GiB  4      16 GiB  a b c  1.052        0.35',
    ]);
    expect(rung(out, '3-codebuild')).toEqual([
      'size large: 8 vCPUs, 15 GiB, in aws/codebuild/standard:7.0',
      '  at most 1.200 USD an hour; 1.20 USD are set aside for each builder',
      "  the next rung is asked when a build has waited 20 minutes in CodeBuild's queue",
    ]);
    expect(rung(out, '4-ec2-on-demand')).toEqual([
      'on-demand, 1 type in us-east-1, cheapest first',
      '  at most 0.089 USD an hour; 0.09 USD are set aside for each builder',
      '  type       GPUs  VRAM  vCPUs  memory  zones  USD an hour  for 20 minutes',
      '  c7i.large  none  -     2      4 GiB   a b    0.089        0.03',
    ]);
  });

  it('tells how many jobs fit into a day, as far as their worst case can be set aside', async () => {
    const { out } = await run('gpu', '--minutes', '60');
    expect(out.slice(-4)).toEqual([
      '  daily limit of     USD     1-codebuild-gpu',
      '  this installation  100.00  8 / 50',
      '  project ocio       20.00   1 / 5',
      '  project osl        20.00   1 / 5',
    ]);
  });

  it('reckons with the minutes that are said', async () => {
    const [, , , , row] = rung((await run('t4', '--minutes', '60')).out, '1-ec2-spot');
    expect(row).toMatch(/at most 0\.526 {2}at most 0\.53$/);
  });

  it('says that a pool has none', async () => {
    expect((await run('desk')).out).toEqual([
      'Pool desk (macos arm64): at most 1 builder, jobs of at most 360 minutes.',
      '',
      'It has no rung in the cloud: its jobs wait.',
    ]);
  });
});

describe('all pools in short', () => {
  it('have a row for each rung', async () => {
    const { code, out } = await run();
    expect(code).toBe(0);
    expect(out).toEqual([
      'pool      rung               types  zones  USD an hour     for 20 minutes',
      'gpu       1-codebuild-gpu    -      -      1.800           0.60',
      'linux-xl  1-codebuild        -      -      1.200           0.40',
      't4        1-ec2-spot         2      2      0.526 to 0.752  0.18 to 0.25',
      't4        2-ec2-on-demand    1      3      1.052           0.35',
      't4        3-codebuild        -      -      1.200           0.40',
      't4        4-ec2-on-demand    1      2      0.089           0.03',
      'desk      none in the cloud  -      -      -               -',
    ]);
  });
});

describe('a wrong command line', () => {
  it.each([
    [['t5'], "no pool is called 't5'; did you mean 't4'?"],
    [['constructor'], "no pool is called 'constructor'; there are gpu, linux-xl, t4, desk"],
    [['t4', 'gpu'], 'Name one pool, not 2'],
    [['t4', '--minutes', '0'], "--minutes takes a whole number from 1 to 7200, not '0'"],
    [['t4', '--minutes', 'x'], "--minutes takes a whole number from 1 to 7200, not 'x'"],
    [['--spot'], '--spot takes the name of a pool'],
    [['linux-xl', '--spot'], "no rung of pool 'linux-xl' is spot"],
    [['--sopt'], "Unknown option '--sopt'"],
  ])('%j: %s', async (args, words) => {
    expect(await run(...args)).toEqual({ code: 2, out: [], err: [`callsheet: ${words}`, 'See --help.'] });
  });

  it('is explained', async () => {
    const { code, out } = await run('--help');
    expect({ code, first: out[0]?.split('\n')[0] }).toEqual({
      code: 0,
      first: 'Usage: npm run offerings -- [<pool>] [--minutes <n>] [--spot]',
    });
  });
});

interface Price {
  type: string;
  zone: string;
  usd: string;
}

/** EC2, as far as it tells prices: one page for each list. Answers the requests that it got. */
async function priceList(...pages: Price[][]): Promise<URLSearchParams[]> {
  const requests: URLSearchParams[] = [];
  const server = createServer(async (request, response) => {
    const asked = new URLSearchParams(await text(request));
    const page = Number(asked.get('NextToken') ?? 0);
    requests.push(asked);
    const items = (pages[page] ?? []).map(
      ({ type, zone, usd }) =>
        `<item><instanceType>${type}</instanceType><availabilityZone>${zone}</availabilityZone>` +
        `<spotPrice>${usd}</spotPrice></item>`,
    );
    const next = page + 1 < pages.length ? `<nextToken>${page + 1}</nextToken>` : '';
    response.setHeader('content-type', 'text/xml');
    response.end(
      '<DescribeSpotPriceHistoryResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">' +
        `<spotPriceHistorySet>${items.join('')}</spotPriceHistorySet>${next}` +
        '</DescribeSpotPriceHistoryResponse>',
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const { port } = z.parse(z.object({ port: z.number() }), server.address());
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'id');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'credential');
  return requests;
}

describe('present prices of spot', () => {
  it('stand beside the most that they may be, cheapest zone first', async () => {
    const requests = await priceList(
      [
        { type: 'g4dn.xlarge', zone: 'us-east-1b', usd: '0.211300' },
        { type: 'g4dn.xlarge', zone: 'us-east-1a', usd: '0.158000' },
      ],
      [
        { type: 'g4dn.xlarge', zone: 'us-east-1c', usd: '0.100000' },
        { type: 'p5.48xlarge', zone: 'us-east-1a', usd: '9.000000' },
      ],
    );
    const { code, out, err } = await run('t4', '--spot');
    expect({ code, err }).toEqual({ code: 0, err: [] });
    expect(
      rung(out, '1-ec2-spot')
        .slice(3)
        .map((line) => line.split(/ {2,}/).at(-1)),
    ).toEqual(['spot now', '0.158 (a) to 0.211 (b)', 'not offered']);
    expect(rung(out, '2-ec2-on-demand').join()).not.toContain('spot now');
    expect(requests.map((request) => request.get('Action'))).toEqual([
      'DescribeSpotPriceHistory',
      'DescribeSpotPriceHistory',
    ]);
    expect(Object.fromEntries(requests[0] ?? [])).toMatchObject({
      'Filter.1.Name': 'instance-type',
      'Filter.1.Value.1': 'g4dn.xlarge',
      'Filter.1.Value.2': 'g4dn.2xlarge',
      'ProductDescription.1': 'Linux/UNIX',
    });
    expect(Date.parse(requests[0]?.get('StartTime') ?? '')).toBeGreaterThan(Date.now() - 3_600_000);
  });

  it('are missing without credentials, and the ladder is shown all the same', async () => {
    const { code, out, err } = await run('t4', '--spot');
    expect(code).toBe(1);
    expect(err).toEqual([
      'Prices of spot are not shown: no AWS credentials: sign in, ' +
        'and set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    ]);
    expect(rung(out, '1-ec2-spot')).toHaveLength(6);
  });
});
