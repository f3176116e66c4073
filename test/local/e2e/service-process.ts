// The service as a program of its own, so that a test can kill it. It starts at the first line of its input,
// which is its settings as JSON, and ends when the input does.
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import * as z from 'zod/mini';
import { startService } from '../../../infra/local/stage.ts';
import { parseConfig } from '../../../shared/policy/schema.ts';

const serviceSettings = z.object({
  config: z.unknown(),
  port: z.number(),
  pace: z.number(),
  dynamodb: z.string(),
  github: z.object({ url: z.string(), privateKey: z.string() }),
  webhookSecret: z.string(),
  builderSecret: z.string(),
  folder: z.string(),
});

const say = (line: object): void => console.log(JSON.stringify(line));
const input = createInterface({ input: process.stdin });
const [line] = await Promise.race([once(input, 'line'), once(input, 'close')]);
if (line === undefined) process.exit(0);
const { config, ...settings } = serviceSettings.parse(JSON.parse(line));
const service = await startService({ ...settings, config: parseConfig(config), log: say });
say({ unit: 'service', outcome: 'listens' });
input.once('close', () => void service.close().then(() => process.exit(0)));
