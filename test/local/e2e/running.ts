// A service under test: in this process, or in one of its own that can be killed and started again.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { startService } from '../../../infra/local/stage.ts';
import { type ConfigInput, parseConfig } from '../../../shared/policy/schema.ts';
import { closed } from '../../store/server.ts';
import { node } from '../github/stage.ts';

export type Line = Record<string, unknown>;

export interface Settings {
  config: ConfigInput;
  port: number;
  pace: number;
  dynamodb: string;
  github: { url: string; privateKey: string };
  webhookSecret: string;
  builderSecret: string;
  folder: string;
}

export interface Running {
  /** Ends all builders and the service. */
  close(): Promise<void>;
  /** Kills the service at once. Its builders live on. */
  kill(): Promise<void>;
}

/** Runs in this process; it cannot be killed. */
export async function startHere(settings: Settings, log: (line: Line) => void): Promise<Running> {
  const service = await startService({ ...settings, config: parseConfig(settings.config), log });
  const kill = () => Promise.reject(new Error('a service in the process of the test cannot be killed'));
  return { close: () => service.close(), kill };
}

const program = fileURLToPath(new URL('./service-process.ts', import.meta.url));
const logLine = z.record(z.string(), z.unknown());

/**
 * Runs in processes of their own, one after the other. The next one is always loaded and waits, so that the
 * service is away for a moment only: a runner's hook, whose limit of time a slow computer does not prolong,
 * must find it again.
 */
export function understudies(log: (line: Line) => void) {
  let next = load(log);
  return {
    start(settings: Settings): Promise<Running> {
      const mine = next;
      next = load(log);
      return begin(mine, settings);
    },
    close(): Promise<void> {
      next.child.stdin.end();
      return next.ended;
    },
  };
}

type Loaded = ReturnType<typeof load>;

function load(log: (line: Line) => void) {
  const child = spawn(node, [program], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(child, 'exit').then(() => {});
  child.stderr.setEncoding('utf8').on('data', (text: string) => log({ level: 'error', why: text }));
  const listens = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = logLine.parse(JSON.parse(text));
      log(line);
      if (line.unit === 'service') resolve();
    });
  });
  return { child, ended, listens };
}

async function begin({ child, ended, listens }: Loaded, settings: Settings): Promise<Running> {
  child.stdin.write(`${JSON.stringify(settings)}\n`);
  const failed = ended.then(() => Promise.reject(new Error('the service ended before it listened')));
  await Promise.race([listens, failed]);
  failed.catch(() => {});
  return {
    close() {
      child.stdin.end();
      return ended;
    },
    kill() {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

/** A free port that no outgoing connection gets by chance, also while the service is down. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
      await closed(server);
      return port;
    } catch {
      // Somebody has it.
    }
  }
}
