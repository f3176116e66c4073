// `npm run reap -- --dry-run` over tables, clouds and GitHub on loopback: what it shows, and that it reads
// only.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import * as z from 'zod/mini';
import { perform } from '../../infra/commands/command.ts';
import { reap } from '../../infra/commands/reap/main.ts';
import { machineTags } from '../../shared/contract/machine.ts';
import { protectTag } from '../../shared/contract/names.ts';
import type { Item } from '../../shared/scheduler/records.ts';
import { createTables } from '../../shared/store/create.ts';
import { openTable } from '../../shared/store/dynamo.ts';
import { sdkApi } from '../../shared/store/sdk.ts';
import { appKey } from '../github/scripted-github.ts';
import { builder, job } from '../local/records.ts';
import { type LoopbackCloud, loopbackCloud } from '../runtime/aws/cloud.ts';
import { ec2Config, project, zones } from '../runtime/aws/installation.ts';
import { desk } from './desk.ts';

vi.setConfig({ testTimeout: 30_000 });

const minute = 60_000;
const [region = ''] = Object.keys(zones);
const open = 'callsheet-test-open';
const mine = { [machineTags.installation]: 'test' };

interface Scene {
  cloud: LoopbackCloud;
  environment: Record<string, string | undefined>;
  put(...items: Item[]): Promise<void>;
  /** The pools as they stand. */
  tables(): Promise<unknown>;
  run(...args: string[]): Promise<{ code: number; out: string; err: string }>;
}

/** The installation is deployed, and nothing is there yet. */
async function scene(): Promise<Scene> {
  const cloud = await loopbackCloud();
  const folder = mkdtempSync(join(tmpdir(), 'callsheet-reap-'));
  const keyFile = join(folder, 'app.pem');
  writeFileSync(keyFile, appKey, { mode: 0o600 });
  const environment = { ...cloud.environment, CALLSHEET_APP_KEY_FILE: keyFile };
  for (const [name, value] of Object.entries(cloud.environment)) vi.stubEnv(name, value);
  const client = new DynamoDBClient({});
  await createTables(client, { open, history: 'callsheet-test-history' });
  const table = openTable(sdkApi(client), { table: open });
  onTestFinished(async () => {
    client.destroy();
    await cloud.close();
    rmSync(folder, { recursive: true });
  });
  return {
    cloud,
    environment,
    async put(...items) {
      for (const item of items) await table.put(item);
    },
    tables: () => Promise.all(['+', '-', '-leftovers', '-runners', 'gpu'].map(table.read)),
    async run(...args) {
      const [out, err]: [string[], string[]] = [[], []];
      const io = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
      const code = await perform(reap, args, environment, io, async () => ec2Config);
      return { code, out: out.join('\n'), err: err.join('\n') };
    },
  };
}

/** Machines with and without an owner, a disk, a lost machine, a busy one. */
async function strewn(): Promise<
  Scene & { ids: Record<'old' | 'fresh' | 'kept' | 'owned' | 'disk', string> }
> {
  const on = await scene();
  const { ec2 } = on.cloud;
  const now = Date.now();
  const plant = (tags = {}): string => ec2.plant({ ...mine, ...tags }, { region }).id;
  const disk = ec2.plantBelonging('volume', mine);
  disk.madeAt = now - 60 * minute;
  const ids = {
    old: plant(),
    fresh: plant(),
    kept: plant({ [protectTag]: 'mine' }),
    owned: plant({ [machineTags.launch]: 'gpu-1' }),
    disk: disk.id,
  };
  const sight = { kind: 'sight', version: 0, at: now - 2 * minute } as const;
  const record = { version: 0, launch: 'gpu-1', provider: 'ec2', launchedAt: now - 60 * minute };
  await on.put(
    { ...sight, pool: '-', id: ids.old },
    { ...sight, pool: '-leftovers', id: ids.disk },
    builder({ ...record, id: ids.owned, heardAt: now, job: undefined }),
    builder({ ...record, id: 'i-0000000000000dead', job: undefined }),
    job({ version: 0, repository: 'film/color', project: 'color', queuedAt: now, heardAt: now }),
  );
  return { ...on, ids };
}

/** Lines of a section, by its heading. */
const sectionOf = (out: string, heading: string): string[] => {
  const [, after = ''] = `\n${out}\n`.split(new RegExp(`\n${heading}[^\n]*\n`));
  return (after.split('\n\n')[0] ?? '').split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, ' | '));
};

describe('a dry run on AWS', () => {
  it('tells what would be done about each thing, and why', async () => {
    const { run, ids } = await strewn();
    const { code, out, err } = await run('--dry-run');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^What a sweep of Callsheet 'test' would do at .*Z\. Nothing is changed\.\n/);
    expect(sectionOf(out, 'Machines')).toEqual(
      expect.arrayContaining([
        `end | machine ${ids.old} | it names no launch of ours; seen so 2 minutes ago, too`,
        `remember | machine ${ids.fresh} | it names no launch of ours; seen so for the first time; ` +
          'the next sweep, a minute later, would end it',
        `leave | machine ${ids.kept} | nobody owns it, but it is protected by its tag`,
        expect.stringMatching(
          /^remember \| missing machine i-0000000000000dead of pool gpu \| .* by its id$/,
        ),
      ]),
    );
    expect(out).toContain('Machines (1 left as they are: --all shows them)');
    expect(sectionOf(out, 'Leftovers')[0]).toMatch(new RegExp(`^end \\| volume ${ids.disk} \\| `));
    expect(sectionOf(out, 'It would')).toEqual(
      expect.arrayContaining([
        `stop machine ${ids.old} of ec2`,
        `delete volume ${ids.disk} of ${region}`,
        'write sight: once',
        'write builder: once',
        'ring pool: once',
      ]),
    );
    expect(sectionOf(out, 'Counts')).toContain('orphans ended: 1');
    const unowned = sectionOf(out, 'Without an owner');
    expect(unowned.map((line) => line.split(' | ')[0])).toEqual(
      expect.arrayContaining([ids.old, ids.fresh, ids.kept].map((id) => `machine ${id}`)),
    );
    expect(unowned.find((line) => line.includes(ids.kept))).toMatch(/ USD an hour \| protected by its tag$/);
    expect(sectionOf(out, 'Problems')).toEqual(['none']);
  });

  it('shows all that is decided and written, if it is asked to', async () => {
    const { run, ids } = await strewn();
    const { out } = await run('--dry-run', '--all');
    expect(sectionOf(out, 'Machines').find((line) => line.includes(ids.owned))).toMatch(
      /^leave \| machine i-\w+ of pool gpu \| its record is ready, heard of /,
    );
    expect(sectionOf(out, 'It would')).toContain(`write sight ${ids.fresh} of pool -`);
    expect(out).not.toContain('left as they are');
  });

  it('asks AWS and GitHub questions only, and leaves everything as it is', async () => {
    const { run, cloud, tables } = await strewn();
    cloud.codebuild.plant(project);
    const before = await tables();
    cloud.calls.length = 0;
    await run('--dry-run');
    expect(new Set(cloud.calls)).toContain('DescribeInstances');
    const reads = /^(Get|BatchGet|Query|Describe|List)/;
    expect(cloud.calls.filter((call) => !reads.test(call))).toEqual([]);
    const tokens = /^POST \/app\/installations\/\d+\/access_tokens$/;
    const asked = cloud.gitHubCalls.filter((call) => !call.startsWith('GET ') && !tokens.test(call));
    expect(cloud.gitHubCalls.length).toBeGreaterThan(0);
    expect(asked).toEqual([]);
    expect(cloud.rings).toEqual([]);
    expect(await tables()).toEqual(before);
  });

  it('is JSON for programs', async () => {
    const { run, ids } = await strewn();
    const { out } = await run('--dry-run', '--json');
    const said = z.parse(
      z.object({
        installation: z.string(),
        at: z.number(),
        decisions: z.array(z.object({ what: z.string(), id: z.string(), decision: z.string() })),
        would: z.array(z.object({ act: z.string(), what: z.string(), id: z.string() })),
        counts: z.record(z.string(), z.number()),
        unowned: z.array(z.object({ id: z.string() })),
        abstained: z.array(z.unknown()),
        problems: z.array(z.string()),
      }),
      JSON.parse(out),
    );
    expect(said).toMatchObject({ installation: 'test', abstained: [], problems: [] });
    expect(said.decisions).toContainEqual({ what: 'machine', id: ids.owned, decision: 'leave' });
    expect(said.would).toContainEqual({ act: 'stop', what: 'machine', id: ids.old });
    expect(said.counts).toMatchObject({ 'orphans ended': 1 });
  });

  it('says which part could not be sure, and fails', async () => {
    const { run, cloud, ids } = await strewn();
    cloud.ec2.trouble.refuse = ({ operation }) =>
      operation === 'DescribeInstances'
        ? { status: 403, code: 'UnauthorizedOperation', message: 'no' }
        : undefined;
    const { code, out } = await run('--dry-run');
    expect(code).toBe(1);
    expect(sectionOf(out, 'Not sure')[0]).toMatch(/^provider ec2/);
    expect(sectionOf(out, 'Problems')[0]).toMatch(/^provider ec2/);
    expect(out).not.toContain(ids.old);
  });
});

describe('where nothing can be asked', () => {
  it('says what to do instead of a sweep that acts', async () => {
    const { run } = await desk();
    const { code, err } = await run('reap');
    expect(code).toBe(2);
    expect(err).toContain(
      'sweeps run by themselves, each minute: --dry-run shows what the next one would do',
    );
    expect(err).toContain('aws lambda invoke --function-name callsheet-test-reaper /dev/stdout');
    expect((await run('reap', '--help')).out).toContain('Nothing is changed');
    expect(await run('reap', '--force')).toMatchObject({ code: 2, out: '' });
  });

  it.each([
    ['ResourceNotFoundException', /the tables of 'test' are not in this account and region: deploy it/],
    ['AccessDeniedException', /these AWS credentials may not do dynamodb:Query: take a role that may/],
    ['ExpiredTokenException', /AWS does not accept these credentials \(ExpiredTokenException\)/],
  ])('names %s with its remedy', async (error, words) => {
    const { run, aws, keyFile } = await desk();
    aws.refuse('Query', error);
    aws.refuse('GetItem', error);
    const { code, out, err } = await run('reap', '--dry-run', '--app-key', keyFile);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(words);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  it('needs credentials, and a region', async () => {
    const without = await desk({ environment: {} });
    expect((await without.run('reap', '--dry-run')).err).toMatch(/no AWS credentials: sign in/);
    const nowhere = await desk({ environment: { AWS_REGION: undefined, AWS_ACCESS_KEY_ID: 'id' } });
    expect((await nowhere.run('reap', '--dry-run')).err).toMatch(/no AWS region: set AWS_REGION/);
  });

  it('needs the App’s key', async () => {
    const { run, environment } = await scene();
    environment.CALLSHEET_APP_KEY_FILE = undefined;
    const { code, err } = await run('--dry-run');
    expect(code).toBe(1);
    expect(err).toMatch(/no private key of the App: npm run secrets -- --app-key <file> puts it in /);
  });
});
