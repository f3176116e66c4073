// `npm start`: the whole of Callsheet on this computer, with an embedded GitHub, until Ctrl-C.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import dynalite from 'dynalite';
import { warnings } from '../../shared/policy/schema.ts';
import { config } from '../../shared/runtime/config.ts';
import { createLocalTables } from '../../shared/runtime/local.ts';
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

try {
  await run();
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}

async function run(): Promise<void> {
  const database = dynalite({ createTableMs: 0 });
  database.listen(0, '127.0.0.1');
  await once(database, 'listening');
  const address = database.address();
  if (address === null || typeof address === 'string') throw new Error('the embedded DynamoDB has no port');
  const dynamodb = `http://127.0.0.1:${address.port}`;
  await createLocalTables(dynamodb);

  const { github, mounts } = await startGitHub({ config, port, webhookSecret, pace });
  const folder = mkdtempSync(join(tmpdir(), 'callsheet-'));
  const starting = startService({
    config,
    port,
    pace,
    dynamodb,
    github: { url: github.url, privateKey: github.appPrivateKeyPem },
    webhookSecret,
    builderSecret: randomBytes(32).toString('hex'),
    folder,
    mounts,
    log: (line) => line.level === 'error' && say(`error: ${String(line.why)}`),
  });
  const service = await starting.catch((error: unknown) => {
    rmSync(folder, { recursive: true });
    throw error;
  });
  say(`Callsheet is on set: ${service.url}`);
  say(`Webhook secret: ${webhookSecret} (Ctrl-C wraps everything)`);
  for (const warning of warnings(config)) say(`warning: ${warning}`);
  const story = tellStory(service, github, say);
  queueSamples(github);

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      say('wrapping: builders end, folders go');
      void end().then(
        () => process.exit(0),
        (error: unknown) => fail(String(error)),
      );
    });
  }
  async function end(): Promise<void> {
    story.stop();
    await service.close();
    await github.close();
    database.close();
  }
}

function fail(message: string): never {
  console.error(`callsheet: ${message}`);
  process.exit(1);
}
