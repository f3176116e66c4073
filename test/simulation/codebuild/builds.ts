// The builds of a simulated CodeBuild: which there are, which are shown already, and how they are shown.
import type { Build, BuildPhase, EnvironmentVariable } from '@aws-sdk/client-codebuild';
import type { Machine } from '../cloud.ts';
import { second } from '../time.ts';
import type { World } from '../world.ts';

/** What makes a machine a build of CodeBuild. */
export interface BuildOrigin {
  /** `<project>:<uuid>` */
  id: string;
  project: string;
  variables: EnvironmentVariable[];
}

/** A machine that is a build. */
export type BuildMachine = Machine & { build: BuildOrigin };

export const isBuild = (machine: Machine): machine is BuildMachine => machine.build !== undefined;

/** What is read may be this old. */
const lagMs = 10 * second;

/** Builds by id, and those of each project, oldest first. */
export function buildBook({ time, chance }: World) {
  const all = new Map<string, BuildMachine>();
  const byProject = new Map<string, BuildMachine[]>();
  const isShown = ({ visibleAt }: Machine): boolean => visibleAt <= time.now();
  return {
    nextId(project: string): string {
      const number = (all.size + 1).toString(16).padStart(12, '0');
      return `${project}:00000000-0000-4000-8000-${number}`;
    },
    add(machine: BuildMachine): void {
      const { id, project } = machine.build;
      all.set(id, machine);
      const own = byProject.get(project) ?? [];
      byProject.set(project, own);
      own.push(machine);
    },
    get: (id: string): BuildMachine | undefined => all.get(id),
    /** Newest first. */
    listed: (project: string): BuildMachine[] => (byProject.get(project) ?? []).filter(isShown).reverse(),
    /** The build as it was some moments ago. Undefined: it is not known yet. */
    shown(id: string): Build | undefined {
      const machine = all.get(id);
      const at = time.now() - chance.between(0, lagMs);
      return machine && isShown(machine) ? asBuild(machine, Math.max(at, machine.startedAt)) : undefined;
    },
  };
}

export type BuildBook = ReturnType<typeof buildBook>;

/** The build as it was at a time. */
export function asBuild({ build, startedAt, provisionedAt, endedAt, end }: BuildMachine, at: number): Build {
  const { id, project, variables } = build;
  const isOver = endedAt !== undefined && endedAt <= at;
  return {
    id,
    projectName: project,
    startTime: new Date(startedAt),
    ...(isOver && { endTime: new Date(endedAt) }),
    buildStatus: isOver && end ? statusOf[end] : 'IN_PROGRESS',
    buildComplete: isOver,
    phases: phasesOf(startedAt, provisionedAt, at),
    environment: {
      type: 'LINUX_CONTAINER',
      image: 'aws/codebuild/standard:7.0',
      computeType: 'BUILD_GENERAL1_LARGE',
      environmentVariables: variables,
    },
  };
}

const statusOf = {
  terminated: 'STOPPED',
  dropped: 'TIMED_OUT',
  'taken away': 'FAULT',
  'ended itself': 'SUCCEEDED',
} as const;

function phasesOf(startedAt: number, provisionedAt: number | undefined, at: number): BuildPhase[] {
  const queued = { phaseType: 'QUEUED', startTime: new Date(startedAt) } as const;
  if (provisionedAt === undefined || provisionedAt > at) return [queued];
  const left = new Date(provisionedAt);
  return [
    { ...queued, endTime: left },
    { phaseType: 'PROVISIONING', startTime: left },
  ];
}
