// One story as a test. When it fails it is told: jobs, builds, calls, and what the functions said.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'vitest';
import { functionNames } from '../../infra/aws/bundle.ts';
import { config, type StoryName } from './configuration.ts';
import { readLog } from './control.ts';
import { buildsOf, isAbout } from './crew.ts';
import type { Stage } from './stage.ts';

/** Declares the test of a story. */
export function scene(
  current: () => Stage,
  story: StoryName,
  name: string,
  act: (stage: Stage) => Promise<void>,
): void {
  it(name, async () => {
    const stage = current();
    await act(stage).catch(async (error: unknown) => {
      console.error(await told(stage, story));
      throw error;
    });
  });
}

const tail = 80;

async function told(stage: Stage, story: StoryName): Promise<string> {
  const { github, folder, proxy } = stage;
  const jobs = github.jobs().filter(({ labels }) => labels.includes(story));
  const builds = buildsOf(stage, story);
  const shown = await fetch(`${stage.reader.url}/api/builders`).then((answer) => answer.text(), String);
  return [
    `--- ${story}: jobs`,
    ...jobs.map((job) => `${JSON.stringify(job)}\n${github.log(job.id)}`),
    `--- ${story}: builds`,
    ...builds.map(
      ({ id, status, phases }) => `${id} ${status} ${JSON.stringify(phases)}\n${logOf(folder, id)}`,
    ),
    `--- ${story}: builders`,
    shown,
    `--- ${story}: calls`,
    ...proxy.calls
      .filter((call) => isAbout(story, call))
      .slice(-tail)
      .map(({ operation, at }) => `${new Date(at).toISOString()} ${operation}`),
    `--- the functions`,
    ...(await saidBy(stage)),
  ].join('\n');
}

function logOf(folder: string, id: string): string {
  const file = join(folder, 'builds', `${id.split(':')[1]}.log`);
  return existsSync(file) ? readFileSync(file, 'utf8') : '(no log)';
}

async function saidBy({ control }: Stage): Promise<string[]> {
  const logs = functionNames.map(async (name) => {
    const lines = await readLog(control, `/callsheet/${config.installation}/${name}`).catch(String);
    const own = [lines].flat().filter((line) => !/^(START|END|REPORT) |Deprecation|trace-dep/.test(line));
    return own.slice(-tail).map((line) => `${name}: ${line}`);
  });
  return (await Promise.all(logs)).flat();
}
