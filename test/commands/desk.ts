// An admin's desk: commands run against stand-ins of AWS and GitHub, and what they show.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import { type Io, perform } from '../../infra/commands/command.ts';
import { doctor } from '../../infra/commands/doctor/main.ts';
import { groups } from '../../infra/commands/groups/main.ts';
import { page } from '../../infra/commands/page/main.ts';
import { reap } from '../../infra/commands/reap/main.ts';
import { secrets } from '../../infra/commands/secrets/main.ts';
import { parseConfig } from '../../shared/policy/schema.ts';
import { appKey, type ScriptedGitHub, scriptedGitHub } from '../github/scripted-github.ts';
import { type AwsStandIn, awsStandIn } from '../stand-ins/ssm.ts';
import { configuration } from './configuration.ts';

const commands = { secrets, groups, doctor, page, reap };

// The first run in a file loads the AWS SDK.
vi.setConfig({ testTimeout: 30_000 });

export interface Shown {
  code: number;
  /** What was written to stdout and stderr. */
  out: string;
  err: string;
}

export interface Desk {
  aws: AwsStandIn;
  github: ScriptedGitHub;
  /** A folder of the test's own. */
  folder: string;
  /** The App's key, in a file that only its owner reads. */
  keyFile: string;
  /** No secret may be shown, but by `--show`. */
  run(command: keyof typeof commands, ...args: string[]): Promise<Shown>;
}

export interface DeskOptions {
  configuration?: object;
  /** Instead of credentials that the stand-in takes. */
  environment?: Record<string, string | undefined>;
}

export async function desk(options: DeskOptions = {}): Promise<Desk> {
  const aws = await awsStandIn();
  const github = await scriptedGitHub(Date.now);
  const folder = mkdtempSync(join(tmpdir(), 'callsheet-commands-'));
  onTestFinished(async () => {
    await Promise.all([aws.close(), github.close()]);
    rmSync(folder, { recursive: true });
  });
  const keyFile = join(folder, 'app.pem');
  writeFileSync(keyFile, appKey, { mode: 0o600 });
  const environment: Record<string, string | undefined> = {
    AWS_CONFIG_FILE: join(folder, 'none'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
    AWS_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL: aws.url,
    GITHUB_API_URL: github.url,
    ...(options.environment ?? { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'credential' }),
  };
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const config = async () => parseConfig(options.configuration ?? configuration);

  const run: Desk['run'] = async (command, ...args) => {
    const before = secretLines(aws);
    const out: string[] = [];
    const err: string[] = [];
    const io: Io = { out: (line) => out.push(`${line}\n`), err: (line) => err.push(`${line}\n`) };
    const code = await perform(commands[command], args, environment, io, config);
    const shown = { code, out: out.join(''), err: err.join('') };
    if (!args.includes('--show')) {
      for (const secret of [...before, ...secretLines(aws)]) {
        expect(shown.out + shown.err, 'a secret is shown').not.toContain(secret);
      }
    }
    return shown;
  };
  return { aws, github, folder, keyFile, run };
}

const secretLines = ({ parameters }: AwsStandIn): string[] =>
  [...parameters.values()].flatMap(({ value }) => value.split('\n').filter((line) => line.length > 20));

/** The cells of all lines, as far as they are in columns. */
export const rows = ({ out }: Shown): string[][] => out.split('\n').map((line) => line.split(/ {2,}/));

/** The row of a table that has this cell in a column. Throws when there is none. */
export function row(shown: Shown, cell: string, column = 0): string[] {
  const found = rows(shown).find((cells) => cells[column] === cell);
  if (!found) throw new Error(`no row '${cell}' in:\n${shown.out}${shown.err}`);
  return found;
}
