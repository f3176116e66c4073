// The synthesized templates and bundles in MiniStack, driven by HTTP: one job, then many stories at once.
import { afterAll, beforeAll, describe } from 'vitest';
import { type Stage, startStage } from './stage.ts';
import { crashes } from './stories/crashes.ts';
import { curtain } from './stories/curtain.ts';
import { deliveries, forks } from './stories/deliveries.ts';
import { beginSilence, endings, kills } from './stories/endings.ts';
import { faults } from './stories/faults.ts';
import { machines } from './stories/machines.ts';
import { lostMacs, macs } from './stories/macs.ts';
import { mainJob } from './stories/main-job.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
  beginSilence(stage);
});
afterAll(() => stage?.close());
const current = (): Stage => stage;

describe('one job alone', { timeout: 120_000 }, () => mainJob(current));
describe.concurrent('many at once', { timeout: 400_000 }, () => {
  deliveries(current);
  forks(current);
  faults(current);
  crashes(current);
  endings(current);
  kills(current);
  machines(current);
  macs(current);
  lostMacs(current);
});
describe('in the end', () => curtain(current));
