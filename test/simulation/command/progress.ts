// Progress of a long run: a bar on a terminal, else a line for each tenth of it.
import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  /** One more world has ended; `failed`: so many have failed so far. */
  advance(failed: number): void;
  end(): void;
}

export const progressOf = (
  worlds: number,
  stream: NodeJS.WriteStream,
  tell: (line: string) => void,
): Progress => (stream.isTTY ? bar(worlds, stream) : lines(worlds, tell));

function bar(worlds: number, stream: NodeJS.WriteStream): Progress {
  const format = ' {bar} {value}/{total} worlds  {failed} failed  {eta_formatted} left';
  const shown = new SingleBar({ format, stream, clearOnComplete: true }, Presets.shades_classic);
  shown.start(worlds, 0, { failed: 0 });
  return {
    advance: (failed) => shown.increment(1, { failed }),
    end: () => shown.stop(),
  };
}

function lines(worlds: number, tell: (line: string) => void): Progress {
  let done = 0;
  return {
    advance(failed) {
      done += 1;
      const isTenth = Math.floor((done * 10) / worlds) > Math.floor(((done - 1) * 10) / worlds);
      if (isTenth) tell(`${done} of ${worlds} worlds, ${failed} failed`);
    },
    end: () => undefined,
  };
}
