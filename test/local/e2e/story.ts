// What happened in a performance, for the reader of a test that failed.

import type { Play } from './harness.ts';
import { processesIn } from './processes.ts';

const tail = 60;

/** All that can still be asked, as text. Never throws. */
export async function storyOf(play: Play): Promise<string> {
  const said = async (what: string, ask: () => unknown) => {
    const answer = await Promise.resolve()
      .then(ask)
      .catch((error: unknown) => [String(error)]);
    const rows = Array.isArray(answer) ? answer.map((row) => JSON.stringify(row)) : [String(answer)];
    return [`--- ${what}`, ...rows].join('\n');
  };
  const parts = [
    await said('what was asked', () => play.asked),
    await said('GitHub: jobs', () => play.github.jobs()),
    await said('GitHub: runners', () => play.github.runners()),
    await said('GitHub: output', () => play.github.jobs().map(({ id }) => [id, play.github.log(id)])),
    await said('/api/jobs', () => play.jobs()),
    await said('/api/builders', () => play.builders()),
    await said('processes', () => processesIn(play.folder)),
    await said('marks', () => play.marks()),
    await said(`the last ${tail} lines of the service`, () => play.lines.slice(-tail)),
  ];
  return parts.join('\n');
}
