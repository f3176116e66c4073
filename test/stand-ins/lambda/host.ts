// Runs a function's bundle as Lambda does: as many environments as there are events at once, each a process
// with nothing but the function's variables. Speaks the proxy protocol of MiniStack, which runs only one.
import { type ChildProcess, fork } from 'node:child_process';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { closed, listening } from '../../store/server.ts';

export interface HostSettings {
  /** `index.mjs` of the bundle. */
  bundle: string;
  /** The Node binary of the functions. */
  node: string;
  variables: Record<string, string>;
  memoryMiB: number;
  timeoutMs: number;
  /** One line that the function has written. */
  say(line: string): void;
}

export interface Host {
  /** POST an event here: 200 with the result, or 500 with Lambda's words for the error. */
  url: string;
  /** How many environments there are. */
  environments(): number;
  close(): Promise<void>;
}

const outcomeShape = z.union([
  z.object({ error: z.object({ errorType: z.string(), errorMessage: z.string() }) }),
  z.object({ result: z.optional(z.unknown()) }),
]);

type Outcome = z.infer<typeof outcomeShape>;

const failed = (errorType: string, errorMessage: string): Outcome => ({ error: { errorType, errorMessage } });

const program = fileURLToPath(new URL('./worker.ts', import.meta.url));

/** Loading the bundle counts by itself, as on Lambda, where it may take ten seconds: here all is busy. */
const initMs = 30_000;

export async function lambdaHost(settings: HostSettings): Promise<Host> {
  const all = new Set<ChildProcess>();
  const idle: ChildProcess[] = [];
  const handle = async (event: unknown): Promise<Outcome> => {
    const child = idle.pop() ?? environment(settings);
    if (!all.has(child)) {
      all.add(child);
      child.once('exit', () => all.delete(child));
      const begun = await answer(child, initMs);
      if ('error' in begun) return begun;
    }
    child.send({ event });
    const outcome = await answer(child, settings.timeoutMs);
    if (child.connected && !child.killed) idle.push(child);
    return outcome;
  };
  const server = createServer(async (request, response) => {
    const outcome = await handle(JSON.parse(await text(request)));
    const [status, body] = 'error' in outcome ? [500, outcome.error] : [200, outcome.result];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? null));
  });
  return {
    url: `http://127.0.0.1:${await listening(server)}`,
    environments: () => all.size,
    async close() {
      for (const child of all) child.kill('SIGKILL');
      await closed(server);
    },
  };
}

function environment({ bundle, node, variables, memoryMiB, say }: HostSettings): ChildProcess {
  const child = fork(program, [bundle], {
    execPath: node,
    execArgv: [`--max-old-space-size=${memoryMiB}`],
    env: variables,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const output of [child.stdout, child.stderr]) {
    if (output) createInterface({ input: output }).on('line', say);
  }
  return child;
}

/** The next message of the process; when its time is up it is killed, and its end is an outcome too. */
function answer(child: ChildProcess, timeoutMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const settle = (outcome: Outcome): void => {
      clearTimeout(timer);
      child.off('message', hear).off('exit', end);
      resolve(outcome);
    };
    const hear = (message: unknown): void => settle(outcomeShape.parse(message));
    const end = (): void => settle(failed('Runtime.ExitError', 'Runtime exited'));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      settle(failed('Sandbox.Timedout', `Task timed out after ${timeoutMs / 1000} seconds`));
    }, timeoutMs);
    child.once('message', hear).once('exit', end);
  });
}
