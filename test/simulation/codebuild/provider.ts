// A simulated CodeBuild: the real provider over its calls, tickets, and builds that were started by hand.
import { projectName } from '../../../shared/contract/names.ts';
import type { Config } from '../../../shared/policy/schema.ts';
import { strangerId } from '../../../shared/providers/codebuild/names.ts';
import { codeBuildProvider } from '../../../shared/providers/codebuild/provider.ts';
import { ticketProofs } from '../../../shared/providers/tickets.ts';
import { codeBuildProjects, projectOf } from '../../../shared/runtime/aws/projects.ts';
import type { Provider } from '../../../shared/scheduler/ports.ts';
import type { Mark, SimulatedCloud } from '../cloud.ts';
import { appearances } from '../strays.ts';
import type { Process, World } from '../world.ts';
import { type BuildBook, buildBook, isBuild } from './builds.ts';
import { simulatedCalls } from './calls.ts';

/** What makes the tickets of a world's builders. */
export const builderSecret = 'a secret of the builders, which no record may hold';

export interface CodeBuildSurroundings {
  config: Config;
  cloud: SimulatedCloud;
}

/** CodeBuild as each process reaches it: by the real provider, which knows nothing yet. */
export function simulatedCodeBuild(world: World, { config, cloud }: CodeBuildSurroundings) {
  const book = buildBook(world);
  const projects = codeBuildProjects(config);
  const callsOf = simulatedCalls({ world, cloud, book, projects: new Set(projects) });
  appearances(world, config, ({ mark }) => {
    if (projects.length === 0 || mark === 'protected') return;
    const theirs = projectName('other', 'gpu', 'large');
    startByHand({ cloud, book }, mark === 'stray' ? world.chance.pick(projects) : theirs, mark);
  });
  return {
    provider: (process: Process): Provider =>
      codeBuildProvider({
        calls: callsOf(process),
        projects,
        projectOf: (pool, rung) => projectOf(config, pool, rung),
        url: 'https://callsheet.example',
        secret: async () => builderSecret,
        now: world.clockOf(process),
      }),
    /** Of the machines that carry a ticket: their launches have given it to them. */
    proofs: ticketProofs(builderSecret),
  };
}

/** Somebody starts a build of a project in the console: it has no variables of ours. */
function startByHand(
  { cloud, book }: { cloud: SimulatedCloud; book: BuildBook },
  project: string,
  mark: Mark,
): void {
  const id = book.nextId(project);
  const build = { id, project, variables: [] };
  const birth = { id: strangerId(id), provider: 'codebuild', pool: '', launch: '', build } as const;
  const machine = cloud.plant(birth, mark);
  if (isBuild(machine)) book.add(machine);
}
