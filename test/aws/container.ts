// A build's container, played by processes of this computer: they run the commands of its buildspec.
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { until } from '../local/e2e/until.ts';
import type { Project } from '../stand-ins/codebuild/builds.ts';
import type { RunningBuild } from '../stand-ins/codebuild/world.ts';
import type { Template } from './assembly.ts';
import { leashed } from './leash.ts';

/** A project as its template declares it. */
export interface Declared extends Project {
  name: string;
  variables: Record<string, string>;
  commands: string[];
}

const declaration = z.object({
  Name: z.string(),
  TimeoutInMinutes: z.number(),
  QueuedTimeoutInMinutes: z.number(),
  Source: z.object({ Type: z.literal('NO_SOURCE'), BuildSpec: z.string() }),
  Environment: z.object({
    EnvironmentVariables: z.array(z.object({ Name: z.string(), Value: z.string() })),
  }),
});

const buildspec = z.object({
  version: z.literal('0.2'),
  phases: z.strictObject({ build: z.object({ commands: z.array(z.string()) }) }),
});

/** The projects of a template. Throws when one is not as CodeBuild, or this container, takes it. */
export const projectsOf = ({ Resources }: Template): Declared[] =>
  Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::CodeBuild::Project')
    .map(({ Properties }) => {
      const { Name, Source, Environment, ...limits } = declaration.parse(Properties);
      return {
        name: Name,
        timeoutInMinutes: limits.TimeoutInMinutes,
        queuedTimeoutInMinutes: limits.QueuedTimeoutInMinutes,
        variables: Object.fromEntries(
          Environment.EnvironmentVariables.map((variable) => [variable.Name, variable.Value]),
        ),
        commands: buildspec.parse(JSON.parse(Source.BuildSpec)).phases.build.commands,
      };
    });

/** What every build finds: among it what leads to the credentials of its role, which no job may see. */
const surroundings = {
  PATH: process.env.PATH,
  LANG: 'C.UTF-8',
  AWS_REGION: 'us-east-1',
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/of-the-role',
  ECS_CONTAINER_METADATA_URI_V4: 'http://169.254.170.2/v4/none',
};

/**
 * Runs the build in a folder of its own below `root`; beside it stays its log, `<uuid>.log`. All commands
 * share one shell, the first that fails ends the build, and with it everything ends that it has started.
 * https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
 */
export async function runBuild(
  { commands }: Declared,
  { id, variables, ended }: RunningBuild,
  root: string,
): Promise<'SUCCEEDED' | 'FAILED'> {
  const uuid = id.split(':')[1] ?? '';
  const home = join(root, uuid);
  mkdirSync(home);
  const script = commands.map((command) => `${command}\nended=$?; [ $ended = 0 ] || exit $ended\n`).join('');
  const output = openSync(`${home}.log`, 'a');
  const env = {
    ...surroundings,
    HOME: home,
    TMPDIR: home,
    CODEBUILD_BUILD_ID: id,
    CODEBUILD_START_TIME: String(Date.now()),
    ...variables,
  };
  const shell = leashed(['sh', '-c', script], { cwd: home, env, output });
  closeSync(output);
  ended.addEventListener('abort', shell.release, { once: true });
  const code = await shell.ended;
  shell.release();
  await until(() => {
    for (const pid of processesIn(home)) kill(pid);
    return processesIn(home).length === 0;
  }, `all processes of ${id} have ended`);
  rmSync(home, { recursive: true });
  return code === 0 ? 'SUCCEEDED' : 'FAILED';
}

/** Ids of the processes whose environment names the folder. */
export const processesIn = (folder: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => environmentOf(pid).includes(folder));

/** Ends a process without notice. One that has ended meanwhile is fine. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was faster.
  }
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return ''; // It has ended, or is not ours to look into.
  }
}
