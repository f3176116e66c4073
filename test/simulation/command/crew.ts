// The workers of the long run: as many threads as asked for, each with one world at a time.
import { Worker } from 'node:worker_threads';
import { type Result, resultSchema, type Task } from './messages.ts';

/**
 * Does all tasks and tells each result, in the order in which they are ready. Throws the error of a worker
 * that breaks, and ends the others.
 */
export async function perform(
  tasks: Iterable<Task>,
  workers: number,
  heard: (result: Result) => void,
): Promise<void> {
  const left = tasks[Symbol.iterator]();
  const crew = Array.from({ length: workers }, () => new Worker(new URL('./worker.ts', import.meta.url)));
  try {
    await Promise.all(crew.map((worker) => work(worker, left, heard)));
  } finally {
    await Promise.all(crew.map((worker) => worker.terminate()));
  }
}

const work = (worker: Worker, left: Iterator<Task>, heard: (result: Result) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const next = (): void => {
      const task = left.next();
      if (task.done) resolve();
      else worker.postMessage(task.value);
    };
    worker.on('error', reject);
    worker.on('message', (message: unknown) => {
      heard(resultSchema.parse(message));
      next();
    });
    next();
  });
