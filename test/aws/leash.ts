// Programs on a leash: with all that they have started they end when this process lets go, or is killed.
import { type StdioOptions, spawn } from 'node:child_process';
import { Writable } from 'node:stream';

/**
 * A shell leads a process group: it runs the program and exits as that does. A second one reads from
 * descriptor 3, which nobody else has, and kills the group when our end of it is closed.
 */
const leash = '"$@" 3<&- & program=$!; (read -r _ <&3; kill -KILL 0) 2>&- & exec 3<&-; wait $program';

export interface Leashed {
  /** The program's exit status; null: a signal has ended it. */
  ended: Promise<number | null>;
  /** Ends all that is still there. Once is enough. */
  release(): void;
}

export function leashed(
  program: string[],
  { cwd, env, output }: { cwd: string; env: NodeJS.ProcessEnv; output: number },
): Leashed {
  const stdio: StdioOptions = ['ignore', output, output, 'pipe'];
  const child = spawn('sh', ['-c', leash, 'sh', ...program], { cwd, env, stdio, detached: true });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('exit', resolve);
  });
  const [, , , held] = child.stdio;
  return {
    ended,
    release() {
      if (held instanceof Writable) held.end();
    },
  };
}
