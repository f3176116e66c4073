// Progress of a simulation: a bar on a terminal, else a line for each pattern.
import { Presets, SingleBar } from 'cli-progress';
import type { Row } from '../../../shared/forecast/comparison.ts';
import type { Io } from '../command.ts';

export interface Progress {
  advance(row: Row): void;
  end(): void;
}

export const progressOf = (total: number, stream: NodeJS.WriteStream, io: Io): Progress =>
  stream.isTTY ? bar(total, stream) : lines(io);

function bar(total: number, stream: NodeJS.WriteStream): Progress {
  const format = ' {bar} {value}/{total} months  {what}';
  const shown = new SingleBar({ format, stream, clearOnComplete: true }, Presets.shades_classic);
  shown.start(total, 0, { what: '' });
  return {
    advance: ({ pattern, policy }) => shown.increment(1, { what: `${pattern}, ${policy}` }),
    end: () => shown.stop(),
  };
}

function lines(io: Io): Progress {
  const begun = new Set<string>();
  return {
    advance({ pattern }) {
      if (!begun.has(pattern)) io.err(`Simulating: ${pattern}`);
      begun.add(pattern);
    },
    end: () => undefined,
  };
}
