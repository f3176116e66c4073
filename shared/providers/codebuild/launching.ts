// Launches: one StartBuild for each builder, which a token makes safe to ask again.
import * as z from 'zod/mini';
import { Doubt, type Fault, type LaunchResult } from '../../scheduler/ports.ts';
import type { Launch, Time } from '../../scheduler/records.ts';
import { inLanes } from '../lanes.ts';
import { ticketFor } from '../tickets.ts';
import type { Book } from './book.ts';
import { seenBuild } from './builds.ts';
import type { CodeBuildCalls } from './calls.ts';
import { faultOf, type Refusal, refusalOf } from './faults.ts';
import { builderIds, digest, tokenOf, variables } from './names.ts';
import type { Reading } from './reading.ts';

/**
 * How long asking again finds, in ms: for five minutes CodeBuild knows the token (`idempotencyToken` in the
 * reference of StartBuild), and then we read what was started. A planner that asks until a minute before the
 * end gets to do so.
 */
export const tokenLifeMs = 420_000;

/** An older launch is looked for and not asked again: its token might end under way. */
const askForMs = 240_000;

/** What a pass of 25 seconds leaves for starting builds. What is not reached is need of the next pass. */
const launchForMs = 15_000;

/** Clocks may differ by this much. */
const skewMs = 60_000;

const requestShape = z.object({
  n: z.int().check(z.minimum(1), z.maximum(1000)),
  project: z.string().check(z.regex(/^[A-Za-z0-9][\w-]{1,149}$/)),
  url: z.string().check(z.regex(/^https?:\/\/[^\s"'\\]+$/)),
});

/** What a launch freezes: how many builders, the project of their builds, and where they reach Callsheet. */
export type LaunchRequest = z.infer<typeof requestShape>;

export interface LaunchTools {
  calls: CodeBuildCalls;
  book: Book;
  reading: Reading;
  now(): Time;
  secret(): Promise<string>;
}

/**
 * Starts the builds of a launch, or finds those that were started before. Throws `Doubt` when any of them may
 * or may not have been started.
 */
export async function launchBuilds(tools: LaunchTools, launch: Launch): Promise<LaunchResult> {
  const request = readRequest(launch);
  if (!request) {
    const why = `launch ${launch.id} asks '${launch.request.slice(0, 100)}', which is no request of ours`;
    return { started: [], faults: [{ kind: 'invalid', why }] };
  }
  const ids = builderIds(launch.id, request.n);
  if (tools.now() - launch.askedAt > askForMs) {
    return { started: await adopt(tools, launch, request, ids), faults: [] };
  }
  const secret = await tools.secret();
  const start = (id: string) => startBuild(tools, launch, request, id, ticketFor(secret, launch.id, id));
  const { started, refusals } = await startAll(ids, start, tools.now);
  const doubt = refusals.find(({ kind }) => kind === 'doubt');
  if (doubt) throw new Doubt(`launch ${launch.id}: ${doubt.why}`);
  if (refusals.some(({ kind }) => kind === 'already'))
    return { started: await adopt(tools, launch, request, ids), faults: [], already: true };
  return { started, faults: faultsOf(refusals, request.project) };
}

/**
 * Starts the first build alone: what CodeBuild has against it, it has against all. Then ten at a time, until
 * one is refused or time is up.
 */
async function startAll(
  ids: readonly string[],
  start: (id: string) => Promise<Refusal | undefined>,
  now: () => Time,
): Promise<{ started: string[]; refusals: Refusal[] }> {
  const until = now() + launchForMs;
  const started = new Set<string>();
  const refusals: Refusal[] = [];
  const startOne = async (id: string): Promise<void> => {
    if (refusals.length > 0 || now() > until) return;
    const refusal = await start(id);
    if (refusal) refusals.push(refusal);
    else started.add(id);
  };
  await inLanes(ids.slice(0, 1), startOne);
  await inLanes(ids.slice(1), startOne);
  return { started: ids.filter((id) => started.has(id)), refusals };
}

/** Undefined: it has started, now or when it was asked for the first time. */
async function startBuild(
  { calls, book, now }: LaunchTools,
  launch: Launch,
  { project, url }: LaunchRequest,
  id: string,
  ticket: string,
): Promise<Refusal | undefined> {
  const values = {
    [variables.url]: url,
    [variables.builder]: id,
    [variables.launch]: launch.id,
    [variables.ticket]: ticket,
    [variables.request]: digest(launch.request).slice(0, 16),
  };
  try {
    const build = await calls.startBuild({
      projectName: project,
      idempotencyToken: tokenOf(project, id, launch.askedAt),
      environmentVariablesOverride: Object.entries(values).map(([name, value]) => ({
        name,
        value,
        type: 'PLAINTEXT',
      })),
    });
    if (!build) return { kind: 'doubt', why: 'CodeBuild has answered no build' };
    const seen = seenBuild(build, now());
    book.note({ ...seen, sighting: { ...seen.sighting, id, launch: launch.id } });
    return undefined;
  } catch (error) {
    return refusalOf(error);
  }
}

/** Those of the launch's builders that have a build, over or not: the project's newest builds tell. */
async function adopt(
  { book, reading }: LaunchTools,
  launch: Launch,
  { project }: LaunchRequest,
  ids: readonly string[],
): Promise<string[]> {
  const since = launch.askedAt - skewMs;
  await reading.walk(project, since);
  return ids.filter((id) => book.of(id).some(({ sighting }) => sighting.startedAt >= since));
}

/** One fault of a kind: ten calls at once may all have met the same. */
function faultsOf(refusals: readonly Refusal[], project: string): Fault[] {
  const faults = refusals.flatMap((refusal) => faultOf(refusal, project) ?? []);
  return [...new Map(faults.map((fault) => [fault.kind, fault])).values()];
}

function readRequest({ request }: Launch): LaunchRequest | undefined {
  try {
    return requestShape.safeParse(JSON.parse(request)).data;
  } catch {
    return undefined;
  }
}
