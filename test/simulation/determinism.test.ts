// The same seed is the same story, word for word: twice in a row, at the same time, and in another process.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it, vi } from 'vitest';
import { runScenario } from './scenario.ts';
import { drawnFaults } from './weather.ts';

vi.setConfig({ testTimeout: 60_000 });

const options = { faults: drawnFaults(8), ladder: 'ec2-queue', pools: 2, jobs: 8 } as const;
const storyOf = async (seed: number): Promise<string> => (await runScenario(seed, options)).story.join('\n');

it('tells the same story again, whatever else goes on', async () => {
  const alone = await storyOf(8);
  const [one, other] = await Promise.all([storyOf(8), storyOf(9), storyOf(10)]);
  expect(one).toBe(alone);
  expect(other).not.toBe(alone);
});

it('tells the same story in another process', async () => {
  const here = new URL('.', import.meta.url).pathname;
  const script = `
    import { runScenario } from '${here}scenario.ts';
    const { story } = await runScenario(8, ${JSON.stringify(options)});
    process.stdout.write(story.join('\\n'));`;
  const flags = ['--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { maxBuffer: 1e8 });
  expect(stdout).toBe(await storyOf(8));
});
