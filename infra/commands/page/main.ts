// The command `page`: finds the deployed API and its token, and shows the page until Ctrl-C.
import { readFileSync } from 'node:fs';
import { type Io, type Main, messageOf, optionsOf, Problem, UsageError } from '../command.ts';
import { stackOutput } from '../doctor/stack.ts';
import { faultLine, readSecret } from '../secrets/forms.ts';
import { parametersOf } from '../secrets/parameters.ts';
import type { DeployedApi } from './api.ts';
import { openPage } from './server.ts';

const usage = `Usage: npm run page -- [--port <port>] [--url <api>] [--token-file <file>]

Shows jobs, builders, hosts and receipts of the deployed Callsheet in the browser of this computer, until
Ctrl-C. The token of the API stays in this process.

  --port <port>          where the page is, on 127.0.0.1 only; default: 3000
  --url <api>            the API; default: the output ApiUrl of the deployed stack
  --token-file <file>    a file that holds its token; default: the SSM parameter

With both --url and --token-file AWS is not asked, and no credentials are needed.`;

const options = {
  port: { type: 'string' },
  url: { type: 'string' },
  'token-file': { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** The page hears of it before its own patience ends. */
const patienceMs = 8000;

export const page: Main = async (args, _environment, io, { installation }) => {
  const { help, port: portText = '3000', url: address, 'token-file': file } = optionsOf(args, options);
  if (help) {
    io.out(usage);
    return 0;
  }
  const port = portOf(portText);
  const given = address === undefined ? undefined : addressOf(address);
  const api = {
    url: given ?? new URL(await stackOutput(installation, 'ApiUrl')),
    token: file === undefined ? await storedToken(installation) : tokenIn(file),
    patienceMs,
  };
  await show(port, api, io);
  return 0;
};

/** Until the process is told to end. */
async function show(port: number, api: DeployedApi, io: Io): Promise<void> {
  const server = await openPage({ port, api, tell: (line) => io.err(`callsheet: ${line}`) }).catch(() => {
    throw new Problem(`cannot listen on 127.0.0.1:${port}: end the other program there, or give --port`);
  });
  io.out(`Callsheet at ${api.url.host} is shown on ${server.url} (Ctrl-C ends it)`);
  await endOfProcess();
  await server.close();
}

/** A terminal, its shell and npm may each send one: only the first counts. */
const endOfProcess = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new UsageError(`--port takes a whole number from 1 to 65535, not '${text}'`);
}

/** The token must not cross a network in the clear. */
function addressOf(text: string): URL {
  const url = URL.parse(text);
  const isSafe = url?.protocol === 'https:' || url?.hostname === '127.0.0.1' || url?.hostname === 'localhost';
  if (url && isSafe && /^\/api\/?$/.test(url.pathname)) return url;
  throw new UsageError(`--url takes an address as https://…/api, not '${text}'`);
}

async function storedToken(installation: string): Promise<string> {
  const state = await readSecret(parametersOf(installation), installation, 'token');
  if (!state.stored || state.fault) throw new Problem(faultLine(state));
  return state.stored.value;
}

function tokenIn(file: string): string {
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new Problem(`cannot read the token: ${messageOf(error)}`);
  }
  if (/^[\x21-\x7e]{32,}$/.test(token)) return token;
  throw new Problem(`${file} holds no token: it is the line that npm run secrets -- --show token prints`);
}
