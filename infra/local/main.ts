// `npm start`: the whole of Callsheet on this computer, with an embedded GitHub, until Ctrl-C.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { warnings } from '../../shared/policy/schema.ts';
import { config } from '../../shared/runtime/config.ts';
import { createLocalTables } from '../../shared/runtime/local.ts';
import { embeddedDatabase } from './database.ts';
import { queueSamples } from './samples.ts';
import { startService } from './stage.ts';
import { startGitHub } from './stand-in.ts';
import { tellStory } from './telling.ts';

/** The clocks of the rules run this much faster than on AWS, so that one can watch them. */
const pace = 10;

const port = Number(process.env.PORT ?? 3000);
const webhookSecret = process.env.WEBHOOK_SECRET ?? 'development';
if (!Number.isInteger(port) || port < 1 || port > 65_535) fail('PORT must be a whole number from 1 to 65535');
if (webhookSecret === '') fail('WEBHOOK_SECRET must not be empty: leave it out for "development"');

const say = (line: string): void => console.log(line);

let wrapping = false;
const starting = start();
// A terminal, its shell and npm may each send one: only the first counts.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => (wrapping ? say('still wrapping') : void wrap()));
}
await starting.catch(fail);
// Who read our words is gone, as behind `| head`. To complain of that would be an error again, and so on.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', () => {
    if (!wrapping) void wrap();
  });
}
process.on('uncaughtException', (error) => {
  complain(error);
  process.exitCode = 1;
  if (!wrapping) void wrap();
});

/** Starts everything. What it answers ends everything. */
async function start(): Promise<() => Promise<void>> {
  const database = await embeddedDatabase();
  await createLocalTables(database.url);
  const { github, mounts } = await startGitHub({ config, port, webhookSecret, pace });
  const folder = mkdtempSync(join(tmpdir(), 'callsheet-'));
  const service = await startService({
    config,
    port,
    pace,
    dynamodb: database.url,
    github: { url: github.url, privateKey: github.appPrivateKeyPem },
    webhookSecret,
    builderSecret: randomBytes(32).toString('hex'),
    folder,
    mounts,
    log: (line) => line.level === 'error' && say(`error: ${String(line.why)}`),
  }).catch((error: unknown) => {
    rmSync(folder, { recursive: true });
    throw error;
  });
  say(`Callsheet is on set: ${service.url}`);
  say(`Webhook secret: ${webhookSecret} (Ctrl-C wraps everything)`);
  for (const warning of warnings(config)) say(`warning: ${warning}`);
  const story = tellStory(service, github, say);
  queueSamples(github);
  return async () => {
    story.stop();
    await service.close();
    await github.close();
    await database.close();
  };
}

/** Ends everything, what is still starting included, and then the process. */
async function wrap(): Promise<void> {
  wrapping = true;
  say('wrapping: builders end, folders go');
  try {
    const end = await starting;
    await end();
  } catch (error) {
    fail(error);
  }
  process.exit();
}

function complain(why: unknown): void {
  console.error(`callsheet: ${why instanceof Error ? why.message : String(why)}`);
}

function fail(why: unknown): never {
  complain(why);
  process.exit(1);
}
