// CodeBuild on the stage: our stand-in with the projects of the templates; its builds run, and tell of it.
import { mkdirSync } from 'node:fs';
import { until } from '../local/e2e/until.ts';
import type { BuildEvent } from '../stand-ins/codebuild/events.ts';
import { type CodeBuildStandIn, codeBuildStandIn } from '../stand-ins/codebuild/stand-in.ts';
import type { Stack } from './assembly.ts';
import { type Declared, processesIn, projectsOf, runBuild } from './container.ts';
import type { Control } from './control.ts';

export interface Cloud {
  codebuild: CodeBuildStandIn;
  /** The events of these projects' builds never arrive. */
  silent: Set<string>;
  /** Sends the events of a project again: Lambda repeats a failed event, and MiniStack does not. */
  repeatEvents(project: string): void;
  close(): Promise<void>;
}

/** Builds that carry a builder run in `folder`, which is made; others run until somebody ends them. */
export async function startCloud(stacks: Stack[], control: Control, folder: string): Promise<Cloud> {
  mkdirSync(folder);
  const declared = new Map<string, Declared>(
    stacks.flatMap(({ template }) => projectsOf(template)).map((project) => [project.name, project]),
  );
  const events = eventBus(control);
  const codebuild = await codeBuildStandIn({
    projects: Object.fromEntries(declared),
    tickMs: 100,
    onEvent: events.send,
    onStart: (build) => {
      const project = declared.get(build.project);
      return project && 'CALLSHEET_BUILDER' in build.variables ? runBuild(project, build, folder) : undefined;
    },
  });
  return {
    codebuild,
    silent: events.silent,
    repeatEvents: events.repeat,
    async close() {
      await codebuild.close();
      await until(() => processesIn(folder).length === 0, 'the builds have ended');
      await events.sent();
    },
  };
}

const projectIn = ({ detail }: BuildEvent): string => String(detail['project-name']);

/** Events go on their way at once, and arrive in any order. */
function eventBus(control: Control) {
  const silent = new Set<string>();
  const underWay = new Set<Promise<unknown>>();
  const all: BuildEvent[] = [];
  function post(event: BuildEvent): void {
    const { source: Source, detail, resources: Resources, 'detail-type': DetailType } = event;
    const entry = { Source, DetailType, Resources, Detail: JSON.stringify(detail) };
    const sending = control('AWSEvents.PutEvents', { Entries: [entry] });
    underWay.add(sending);
    void sending.finally(() => underWay.delete(sending));
  }
  return {
    silent,
    send(event: BuildEvent): void {
      all.push(event);
      if (!silent.has(projectIn(event))) post(event);
    },
    repeat(project: string): void {
      for (const event of all.filter((one) => projectIn(one) === project)) post(event);
    },
    /** Rejects when one was not taken. */
    sent: () => Promise.all(underWay),
  };
}
