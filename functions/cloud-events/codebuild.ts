// What CodeBuild's events mean. Their detail carries the builder's ticket: only named fields of it are read.
import * as z from 'zod/mini';
import { poolOfLaunch, projectPrefix } from '../../shared/contract/names.ts';
import { type CloudEvent, ignored, type Machine, type ReadEvent, timeOf, type Word } from './cloud-events.ts';

/** https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications-ref.html */
const buildDetail = z.object({
  'project-name': z.string(),
  'build-status': z.optional(z.string()),
  'completed-phase': z.optional(z.string()),
  'completed-phase-status': z.optional(z.string()),
  'additional-information': z.object({
    environment: z.object({
      'environment-variables': z.array(z.object({ name: z.string(), value: z.nullish(z.string()) })),
    }),
  }),
});

type BuildDetail = z.infer<typeof buildDetail>;

/** Reads the events of the builds of an installation's projects. */
export function codeBuildEvents(installation: string): ReadEvent {
  return (event) => {
    if (event.source !== 'aws.codebuild') return ignored('it is not of CodeBuild');
    const { data: detail } = buildDetail.safeParse(event.detail);
    if (!detail) return ignored('its detail is not that of a build');
    const machine = machineOf(installation, detail);
    return typeof machine === 'string' ? ignored(machine) : wordOf(event, detail, machine);
  };
}

/** The builder that a build is, by the variables that it was started with; or why it is none of ours. */
function machineOf(installation: string, detail: BuildDetail): Machine | string {
  const project = detail['project-name'];
  if (!project.startsWith(projectPrefix(installation))) return 'its project is of another installation';
  const variables = detail['additional-information'].environment['environment-variables'];
  const variable = (wanted: string): string => variables.find(({ name }) => name === wanted)?.value ?? '';
  const [id, launch] = [variable('CALLSHEET_BUILDER'), variable('CALLSHEET_LAUNCH')];
  const pool = poolOfLaunch(launch);
  if (pool === undefined || !isBuilderOf(launch, id)) return 'its build is no builder of a launch';
  if (!project.startsWith(`${projectPrefix(installation)}${pool}-`)) return 'its project is of another pool';
  return { pool, launch, id, provider: 'codebuild' };
}

/** `cb-<launch>-<index>` */
const isBuilderOf = (launch: string, id: string): boolean =>
  id.startsWith(`cb-${launch}-`) && /^\d{1,4}$/.test(id.slice(`cb-${launch}-`.length));

function wordOf(event: CloudEvent, detail: BuildDetail, machine: Machine): Word {
  const kind = event['detail-type'];
  if (kind === 'CodeBuild Build State Change') return ended(detail['build-status'] ?? '', machine);
  if (kind !== 'CodeBuild Build Phase Change') return ignored('its kind is not used');
  return detail['completed-phase'] === 'QUEUED' && detail['completed-phase-status'] === 'SUCCEEDED'
    ? { kind: 'provisioned', machine, at: timeOf(event) }
    : ignored('its phase is not used');
}

/** SUCCEEDED, FAILED, STOPPED, TIMED_OUT, FAULT, CLIENT_ERROR: whatever is not IN_PROGRESS. */
function ended(status: string, machine: Machine): Word {
  if (status === 'IN_PROGRESS') return ignored('its build goes on');
  if (!/^[A-Z_]{1,30}$/.test(status)) return ignored('its detail has no status of a build');
  return { kind: 'gone', machine, why: `its build ended: ${status}` };
}
