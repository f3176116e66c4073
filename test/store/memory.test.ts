// The fake that the simulation runs on keeps the contract of the real store.
import { expect, it } from 'vitest';
import { storeContract } from './contract.ts';
import { memoryStore } from './memory.ts';
import { job } from './samples.ts';

storeContract('the store in memory', () => ({ ...memoryStore(), close: () => undefined }));

it('can be poisoned', async () => {
  const { open, poison } = memoryStore();
  await open.put(job);
  poison('gpu', '3#job#7001');
  const { jobs, unreadable } = await open.read('gpu');
  expect({ jobs, unreadable }).toEqual({ jobs: [], unreadable: ['3#job#7001'] });
});
