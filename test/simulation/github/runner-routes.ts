// Routes of a simulated GitHub about registrations, of organizations and repositories alike, and groups.
import * as z from 'zod/mini';
import { minute, second } from '../time.ts';
import { type Inside, partly } from './inside.ts';
import { jitConfigOf, type SimulatedRunner } from './records.ts';
import { type Handler, notFound, ok, pageOf, type Routes, refuse, repositoryOf, wordOf } from './routes.ts';
import { registrationShape } from './shapes.ts';

/** A registration that never connects is removed after a day. */
const unusedMs = 24 * 60 * minute;

/** Group 1 is the default one; a repository has no other. */
const groupName = ({ settings }: Inside, organization: string, id: number): string | undefined =>
  settings.groups[organization]?.[id - 1];

/** Where runners are: named as lists name it, and as scopes begin. */
interface Place {
  name: string;
  scope(groupId: number): string | undefined;
}

/** https://docs.github.com/rest/actions/self-hosted-runners */
export function runnerRoutes(inside: Inside): Routes {
  const { settings } = inside;
  const ofOrganization = (parameters: Record<string, unknown>): Place => {
    const name = wordOf(parameters, 'org');
    return {
      name,
      scope: (id) => {
        const group = groupName(inside, name, id);
        return group && `group/${name}/${group}`;
      },
    };
  };
  const ofRepository = (parameters: Record<string, unknown>): Place => {
    const name = repositoryOf(parameters);
    return { name, scope: (id) => (id === 1 ? `repository/${name}` : undefined) };
  };
  return {
    ...at(inside, '/orgs/{org}/actions/runners', ofOrganization),
    ...at(inside, '/repos/{owner}/{repo}/actions/runners', ofRepository),
    'GET /orgs/{org}/actions/runner-groups'(parameters) {
      const groups = settings.groups[wordOf(parameters, 'org')] ?? ['Default'];
      const all = groups.map((name, index) => ({ id: index + 1, name, default: index === 0 }));
      return ok({ total_count: all.length, runner_groups: pageOf(all, parameters) });
    },
  };
}

function at(inside: Inside, path: string, placeOf: (parameters: Record<string, unknown>) => Place): Routes {
  const { runners, world } = inside;
  const list: Handler = (parameters) => {
    const now = world.time.now();
    const { name } = parameters;
    const known = runners.of(placeOf(parameters).name).filter(({ listedAt }) => listedAt <= now);
    const all = name === undefined ? known : known.filter((runner) => runner.name === name);
    const some = partly(inside, pageOf(all, parameters));
    return ok({ total_count: all.length, runners: some.map((runner) => registrationShape(runner, now)) });
  };
  return {
    [`GET ${path}`]: list,
    [`POST ${path}/generate-jitconfig`]: (parameters) => register(inside, placeOf(parameters), parameters),
    [`DELETE ${path}/{runner_id}`](parameters) {
      const runner = runners.find(wordOf(parameters, 'runner_id'));
      const isHere = runner && runners.of(placeOf(parameters).name).includes(runner);
      return isHere ? remove(inside, runner) : notFound();
    },
    [`GET ${path}/downloads`]: () => ok(programs),
  };
}

const wanted = z.object({
  name: z.string().check(z.minLength(1), z.maxLength(64)),
  labels: z.array(z.string().check(z.minLength(1))).check(z.minLength(1), z.maxLength(100)),
  runner_group_id: z.union([z.number(), z.bigint()]),
});

function register(inside: Inside, place: Place, parameters: Record<string, unknown>) {
  const { world, runners, nextId } = inside;
  const read = z.safeParse(wanted, parameters);
  if (!read.success) return refuse(422, 'Invalid request.');
  const { name, labels, runner_group_id: group } = read.data;
  const scope = place.scope(Number(group));
  if (scope === undefined) return notFound();
  if (runners.get(name))
    return refuse(409, `Already exists - A runner with the name ${name} already exists.`);
  const isSlow = world.isFoul() && world.faults.github > 0;
  const lagMs = isSlow ? world.chance.between(0, 10 * second) : 0;
  const runner: SimulatedRunner = {
    ...{ id: nextId(), name, scope, labels, state: 'offline', alive: () => true },
    ...{ listedAt: world.time.now() + lagMs, busyFrom: 0 },
  };
  runners.add(runner);
  world.time.after(unusedMs, () => {
    if (runner.state === 'offline' && runners.get(name) === runner) runners.delete(name);
  });
  const shape = registrationShape(runner, world.time.now());
  return ok({ runner: shape, encoded_jit_config: jitConfigOf(name) }, 201);
}

/** GitHub knows late that a runner is busy, and may then delete its registration all the same. */
function remove({ world, runners }: Inside, runner: SimulatedRunner) {
  const young = world.time.now() - (runner.job?.startedAt ?? 0) < minute;
  const stale = world.faults.staleBusy && world.faulty(young ? 0.3 : 0.03);
  const isTaken = runner.state === 'assigned' && world.chance.chance(0.5);
  if (isTaken || (runner.state === 'busy' && !stale))
    return refuse(422, `Bad request - Runner "${runner.name}" is still running a job"`);
  const isIdle = runner.state === 'idle' || runner.state === 'offline';
  runners.delete(runner.name);
  if (isIdle) runner.onEnd?.();
  return ok(undefined, 204);
}

const programs = [
  ['linux', 'x64'],
  ['linux', 'arm64'],
  ['osx', 'x64'],
  ['osx', 'arm64'],
  ['win', 'x64'],
].map(([os, architecture]) => ({
  os,
  architecture,
  download_url: `https://github.com/actions/runner/releases/download/v2.337.0/${os}-${architecture}.tar.gz`,
  sha256_checksum: '0'.repeat(64),
}));
