// The runner's listener: connects with a single-use configuration, waits for one job, has a worker do it.
import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { call, insist, type Server } from './call.ts';

/** Written when the program is packed. */
const version = '@VERSION@';
const root = dirname(dirname(process.argv[1] ?? ''));
/** A refused version ends with 0 as well, unless asked for otherwise. */
const deprecated = process.env.ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE === '1' ? 7 : 0;

const configuration = process.env.ACTIONS_RUNNER_INPUT_JITCONFIG;
delete process.env.ACTIONS_RUNNER_INPUT_JITCONFIG;

function parseConfiguration(encoded: string) {
  const json = (base64: string) => JSON.parse(Buffer.from(base64, 'base64').toString());
  const files: Record<string, string> = json(encoded);
  const settings = json(files['.runner'] ?? '');
  const key = json(files['.credentials_rsaparams'] ?? '');
  return {
    name: String(settings.agentName),
    workFolder: join(root, String(settings.workFolder)),
    server: { url: String(settings.serverUrl), credential: String(key.d) },
  };
}

function end(status: number, why: string): never {
  console.log(why);
  process.exit(status);
}

let worker: ChildProcess | undefined;
let ending = false;
let cancelled = false;

/** Has a worker do the job; ends when it has. A worker that dies fails its job, or ends its cancellation. */
async function work(server: Server, workFolder: string, id: string): Promise<void> {
  const started = await insist(server, 'POST', `jobs/${id}/start`);
  if (started.status !== 200) return;
  const job = JSON.parse(started.text);
  console.log(`${new Date().toISOString()}: Running job: ${job.name}`);
  worker = spawn(join(root, 'bin', 'Runner.Worker'), { stdio: ['pipe', 'inherit', 'inherit'] });
  worker.stdin?.on('error', () => {});
  worker.stdin?.write(`${JSON.stringify({ ...job, server, id, workFolder })}\n`);
  if (ending) worker.stdin?.write('shutdown\n');
  worker.once('exit', async (status) => {
    const died = JSON.stringify({ conclusion: cancelled ? 'cancelled' : 'failure' });
    if (status !== 0) await insist(server, 'POST', `jobs/${id}/end`, died).catch(() => {});
    end(0, `${new Date().toISOString()}: Job ${job.name} completed`);
  });
}

/** Asks for messages, also while the job runs: that it is cancelled comes this way. */
async function listen(server: Server, workFolder: string): Promise<void> {
  for (;;) {
    const { status, text } = await insist(server, 'GET', 'messages');
    if (status === 404 && worker) worker.stdin?.write('shutdown\n');
    if (status === 404) return worker ? undefined : end(0, 'The runner registration has been deleted.');
    if (status !== 200) continue;
    const message = JSON.parse(text);
    if (message.kind === 'job') await work(server, workFolder, message.job);
    if (message.kind !== 'cancel') continue;
    cancelled = true;
    worker?.stdin?.write('cancel\n');
  }
}

function leave(server: Server): void {
  if (ending) return;
  ending = true;
  console.log('Exiting...');
  if (worker) worker.stdin?.write('shutdown\n');
  else call(server, 'DELETE', 'session').finally(() => process.exit(0));
}

async function main(): Promise<void> {
  if (!configuration) return end(1, 'Not configured: ACTIONS_RUNNER_INPUT_JITCONFIG is not set.');
  const { name, workFolder, server } = parseConfiguration(configuration);
  process.on('SIGINT', () => leave(server));
  process.on('SIGTERM', () => leave(server));
  const session = await insist(server, 'POST', 'session', JSON.stringify({ version }));
  if (session.status === 404) return end(0, 'The runner registration has been deleted.');
  if (session.status === 400) return end(deprecated, `Runner version ${version} is deprecated.`);
  console.log(`Connected to GitHub\n\nCurrent runner version: '${version}'`);
  console.log(`${new Date().toISOString()}: ${name} listens for jobs`);
  await listen(server, workFolder);
}

main().catch((error: Error) => end(1, `The server cannot be reached: ${error.message}`));
