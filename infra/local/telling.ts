// Tells the terminal what happens: looks at the service a few times a
// second, and hears jobs' output from GitHub.
import type { EmbeddedGitHub } from './github/surface.ts';
import type { Service } from './stage.ts';
import { type Scene, storyLine, storyOf, wantsColour } from './story.ts';

const lookEveryMs = 250;

/** Begins to tell, until `stop`. A look that fails is told once, and the next one is tried. */
export function tellStory(
  service: Pick<Service, 'look'>,
  github: Pick<EmbeddedGitHub, 'on'>,
  say: (line: string) => void,
) {
  const colour = wantsColour(process.stdout, process.env);
  let scene: Scene = { jobs: [], builders: [] };
  let stopped = false;
  let told = '';
  const look = async (): Promise<void> => {
    const next = await service.look();
    if (stopped) return;
    for (const event of storyOf(scene, next, Date.now())) say(storyLine(event, colour));
    scene = next;
  };
  const complain = (error: unknown): void => {
    const line = `error: ${error instanceof Error ? error.message : String(error)}`;
    if (!stopped && line !== told) say(line);
    told = line;
  };
  const forget = github.on((event) => {
    if (event.what !== 'output') return;
    say(storyLine({ what: 'job-output', at: Date.now(), job: event.job.id, text: event.text }, colour));
  });
  const keepLooking = async (): Promise<void> => {
    while (!stopped) {
      await look().catch(complain);
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  };
  void keepLooking();
  return {
    stop(): void {
      stopped = true;
      forget();
    },
  };
}
