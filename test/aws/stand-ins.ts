// MiniStack and moto as processes: on 127.0.0.1 only, and gone with this process however it ends.
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../local/e2e/until.ts';
import { closed, listening } from '../store/server.ts';
import { leashed } from './leash.ts';
import { python } from './python.ts';

/** The account and region that the stand-ins play. */
export const account = '111122223333';
export const region = 'us-east-1';

/** MiniStack takes the account from the key's id; nobody looks at the secret. */
export const credentials = { accessKeyId: account, secretAccessKey: 'none' };

export interface StandIn {
  url: string;
  /** What it has said so far. */
  log(): string;
  /** Ends it, all that it has started, and its folder. */
  close(): Promise<void>;
}

/** The functions' `node` is the first on the path: the version that Lambda runs. */
const programs = join(import.meta.dirname, '../../node_modules/.bin');

/** MiniStack. Functions run as its children, in folders below its own. */
export function startMiniStack(): Promise<StandIn> {
  return start(['-m', 'ministack'], '/_ministack/health', (port) => ({
    GATEWAY_PORT: String(port),
    BIND_HOST: '127.0.0.1',
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    MINISTACK_ACCOUNT_ID: account,
    MINISTACK_REGION: region,
  }));
}

/** moto's server. */
export const startMoto = (): Promise<StandIn> =>
  start(['-m', 'moto.server'], '/moto-api/data.json', (port) => ({
    MOTO_HOST: '127.0.0.1',
    MOTO_PORT: String(port),
    MOTO_ACCOUNT_ID: account,
  }));

async function start(args: string[], health: string, settingsOf: (port: number) => Record<string, string>) {
  const port = await freePort();
  const root = mkdtempSync(join(tmpdir(), 'callsheet-aws-'));
  const folder = join(root, 'tmp');
  mkdirSync(folder);
  const logFile = join(root, 'log');
  const output = openSync(logFile, 'a');
  const env = { HOME: root, TMPDIR: folder, PATH: `${programs}:${process.env.PATH}`, ...settingsOf(port) };
  const { ended, release } = leashed([python, ...args], { cwd: root, env, output });
  closeSync(output);
  const url = `http://127.0.0.1:${port}`;
  const log = (): string => readFileSync(logFile, 'utf8');
  const close = async (): Promise<void> => {
    release();
    await ended;
    rmSync(root, { recursive: true, force: true });
  };
  const answers = () =>
    fetch(url + health).then(
      (answer) => answer.ok,
      () => false,
    );
  await until(answers, `${args.join(' ')} answers`, 60_000, 50).catch(async (error: unknown) => {
    const said = log();
    await close();
    throw new Error(`${String(error)}. It said: ${said.slice(-2000)}`);
  });
  return { url, log, close };
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await closed(server);
  return port;
}
