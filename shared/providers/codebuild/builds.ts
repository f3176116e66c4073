// What a build of CodeBuild says about a builder.
import type { Build } from '@aws-sdk/client-codebuild';
import type { Sighting } from '../../scheduler/ports.ts';
import type { Time } from '../../scheduler/records.ts';
import { parseBuilderId, strangerId, variables } from './names.ts';

/** A build as it was last seen. */
export interface Seen {
  /** `<project>:<uuid>` */
  build: string;
  sighting: Sighting;
  isOver: boolean;
}

/** Throws when the answer lacks what every build has. `now` stands in for a time of start. */
export function seenBuild(build: Build, now: Time): Seen {
  const { id, buildStatus } = build;
  if (!id) throw new Error('CodeBuild has answered a build without an id');
  return {
    build: id,
    sighting: {
      ...ownerOf(build, id),
      startedAt: build.startTime?.getTime() ?? now,
      provisionedAt: provisionedAt(build),
    },
    isOver: build.buildComplete === true || (buildStatus !== undefined && buildStatus !== 'IN_PROGRESS'),
  };
}

/** A build whose variables do not fit together was started by hand: it has no launch. */
function ownerOf(build: Build, id: string): Pick<Sighting, 'id' | 'launch'> {
  const variable = (name: string) =>
    build.environment?.environmentVariables?.find((each) => each.name === name)?.value;
  const builder = variable(variables.builder) ?? '';
  const launch = variable(variables.launch);
  const named = parseBuilderId(builder);
  if (typeof named === 'object' && named.launch === launch) return { id: builder, launch };
  return { id: strangerId(id) };
}

/** It leaves the queue when the phase QUEUED ends; the boot of its machine is the phase PROVISIONING. */
function provisionedAt({ phases = [] }: Build): Time | undefined {
  const phaseOf = (type: string) => phases.find((phase) => phase.phaseType === type);
  return (phaseOf('PROVISIONING')?.startTime ?? phaseOf('QUEUED')?.endTime)?.getTime();
}
