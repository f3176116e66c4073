// A worker of the long run: takes seeds, runs their worlds, answers what came of them.
import { parentPort } from 'node:worker_threads';
import { taskSchema } from './messages.ts';
import { resultOf } from './world.ts';

parentPort?.on('message', async (message: unknown) => {
  const { seed, kind } = taskSchema.parse(message);
  parentPort?.postMessage(await resultOf(seed, kind));
});
