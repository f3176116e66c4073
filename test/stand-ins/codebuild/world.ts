// Builds in virtual time: they are queued, get a machine, run, and end.
import { randomUUID } from 'node:crypto';
import {
  type Build,
  type EndStatus,
  isOver,
  type Phase,
  type PhaseType,
  type Project,
  phaseOf,
  type Time,
  type Variable,
} from './builds.ts';
import { type BuildEvent, phaseChange, stateChange } from './events.ts';
import { dueOf, endPhase, enter } from './life.ts';
import type { Trouble } from './trouble.ts';

/** A build whose commands begin to run. */
export interface RunningBuild {
  id: string;
  project: string;
  variables: Record<string, string>;
  /** Aborted when the build ends, whoever ends it. */
  ended: AbortSignal;
}

export interface WorldSettings {
  now: () => Time;
  projects: Map<string, Project>;
  trouble: Trouble;
  /** Runs something as the build: its promise ends the build. Without one it runs until somebody ends it. */
  onStart?: (build: RunningBuild) => Promise<'SUCCEEDED' | 'FAILED'> | undefined;
  onEvent?: (event: BuildEvent) => void;
}

export interface World {
  /** In the order of their start. */
  readonly builds: ReadonlyMap<string, Build>;
  start(project: string, variables: readonly Variable[]): Build;
  end(id: string, status: EndStatus): void;
  /** Lets happen what is due by now. */
  tick(): void;
}

const arnBase = 'arn:aws:codebuild:us-east-1:111122223333:build';

/** Phases before the commands of a build, which pass at once here. */
const preparations: PhaseType[] = ['DOWNLOAD_SOURCE', 'INSTALL', 'PRE_BUILD'];

export function world({ now, projects, trouble, onStart, onEvent }: WorldSettings): World {
  const builds = new Map<string, Build>();
  const hasMachine = (build: Build) => !isOver(build) && phaseOf(build) !== 'QUEUED';
  const machines = () => [...builds.values()].filter(hasMachine).length;
  const hasRoom = () => trouble.room === undefined || machines() < trouble.room;

  function tellOf(build: Build, ended: Phase | undefined): void {
    if (ended) onEvent?.(phaseChange(build, ended, now()));
  }

  function follow(build: Build, ...phases: PhaseType[]): void {
    for (const phase of phases) tellOf(build, enter(build, phase, now()));
  }

  function start(project: string, variables: readonly Variable[]): Build {
    const build = newBuild(project, builds.size + 1, projects.get(project), variables, now());
    builds.set(build.id, build);
    onEvent?.(stateChange(build, now()));
    follow(build, 'QUEUED');
    return build;
  }

  function end(id: string, status: EndStatus): void {
    const build = builds.get(id);
    if (!build || isOver(build)) return;
    tellOf(build, endPhase(build, status, now()));
    build.phases.push({ type: 'COMPLETED', startedAt: now() });
    Object.assign(build, { status, endedAt: now() });
    onEvent?.(stateChange(build, now()));
    build.ending.abort();
  }

  function run(build: Build): void {
    follow(build, ...preparations, 'BUILD');
    const outcome = onStart?.(runningBuild(build));
    outcome?.catch(() => 'FAILED' as const).then((status) => end(build.id, status));
  }

  function advance(build: Build): void {
    while (!isOver(build)) {
      const due = dueOf(build, now(), trouble, hasRoom);
      if (!due) return;
      if (due === 'TIMED_OUT') end(build.id, due);
      else if (due === 'BUILD') run(build);
      else follow(build, due);
    }
  }

  return { builds, start, end, tick: () => builds.forEach(advance) };
}

const runningBuild = ({ id, project, variables, ending }: Build): RunningBuild => ({
  id,
  project,
  variables: Object.fromEntries(variables.map(({ name, value }) => [name, value])),
  ended: ending.signal,
});

function newBuild(
  project: string,
  number: number,
  { variables = {}, timeoutInMinutes = 60, queuedTimeoutInMinutes = 480 }: Project | undefined = {},
  own: readonly Variable[],
  now: Time,
): Build {
  const id = `${project}:${randomUUID()}`;
  const all = new Map<string, Variable>();
  for (const [name, value] of Object.entries(variables)) all.set(name, { name, value, type: 'PLAINTEXT' });
  for (const variable of own) all.set(variable.name, variable);
  return {
    id,
    arn: `${arnBase}/${id}`,
    number,
    project,
    variables: [...all.values()],
    status: 'IN_PROGRESS',
    phases: [{ type: 'SUBMITTED', startedAt: now }],
    startedAt: now,
    timeoutInMinutes,
    queuedTimeoutInMinutes,
    ending: new AbortController(),
  };
}
