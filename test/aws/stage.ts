// The stage: the synthesized stacks in MiniStack with their bundles; before it the fault proxy, around it the
// embedded GitHub, and our CodeBuild and EC2, whose builds and machines run the real agent.
import { execFile } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { embeddedGitHub } from '../../infra/local/github/github.ts';
import type { EmbeddedGitHub } from '../../infra/local/github/surface.ts';
import { worldOf } from '../../infra/local/stand-in.ts';
import { resourceName } from '../../shared/contract/names.ts';
import { node } from '../local/github/stage.ts';
import { type FaultProxy, faultProxy, type Route } from '../stand-ins/proxy.ts';
import { deployable, withVariables } from './assembly.ts';
import { type Cloud, startCloud } from './cloud.ts';
import { config } from './configuration.ts';
import { type Control, controlOf } from './control.ts';
import { bootstrap, createStack, type Outputs, upload } from './deploy.ts';
import { hostOutside } from './hosted.ts';
import { type Machines, startMachines } from './machines.ts';
import { credentials, region, startMiniStack } from './stand-ins.ts';
import { synthesize } from './synth.ts';

export interface Stage extends Omit<Cloud, 'close'>, Omit<Machines, 'close'> {
  /** The HTTP API, and all of AWS, as the functions and the builders see them. */
  proxy: FaultProxy;
  /** The HTTP API past the faults, for a reader who has the token of `/api`. */
  reader: FaultProxy;
  github: EmbeddedGitHub;
  control: Control;
  /** Holds what builds leave, and what jobs write: `marks`. */
  folder: string;
  /** What MiniStack has said, and the function that it does not run. */
  log(): string;
  close(): Promise<void>;
}

export async function startStage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'callsheet-stage-'));
  appendFileSync(join(folder, 'marks'), '');
  const [stacks, ministack] = await Promise.all([synthesize(config, folder), startMiniStack()]);
  const control = controlOf(ministack.url);
  const admin = adminOf(ministack.url);
  const cloud = await startCloud(stacks, control, join(folder, 'builds'));
  const bundle = join(folder, 'bundles/builder-api');
  const machines = await startMachines({ stacks, control, folder: join(folder, 'machines'), bundle });
  const door = { host: '' };
  const clouds = { codebuild: cloud.codebuild.url, ec2: machines.ec2.url };
  const proxy = await faultProxy(routeOf(ministack.url, clouds, door));
  await admin('secrets', '--create');
  const github = await startGitHub(proxy.url, await admin('secrets', '--show', 'webhook'));
  const keyFile = join(folder, 'app-key.pem');
  writeFileSync(keyFile, github.appPrivateKeyPem, { mode: 0o600 });
  await admin('secrets', '--app-key', keyFile);
  await bootstrap(ministack.url);
  await upload(
    ministack.url,
    stacks.flatMap(({ assets }) => assets),
  );
  const variables = { AWS_ENDPOINT_URL: proxy.url, GITHUB_API_URL: github.url, PUBLIC_URL: proxy.url };
  const outputs: Outputs = {};
  for (const stack of stacks) {
    const template = withVariables(deployable(stack).template, variables);
    Object.assign(outputs, await createStack(ministack.url, { ...stack, template }));
  }
  door.host = new URL(outputs.WebhookUrl ?? '').host;
  const said: string[] = [];
  const host = await hostOutside(ministack.url, {
    name: resourceName(config.installation, 'builder-api'),
    bundle,
    say: (line) => said.push(line),
  });
  const authorization = `Bearer ${await admin('secrets', '--show', 'token')}`;
  const reader = await faultProxy(() => ({ url: ministack.url, headers: { ...door, authorization } }));
  const servers = [ministack, host, github, proxy, reader];
  return {
    ...{ ...cloud, ...machines, proxy, reader, github, control, folder },
    log: () => [ministack.log(), ...said].join('\n'),
    async close() {
      await Promise.all([cloud.close(), machines.close()]);
      for (const server of servers) await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Calls of AWS name their target, or are forms; the others are for the HTTP API, known by its host. */
const routeOf =
  (
    ministack: string,
    { codebuild, ec2 }: { codebuild: string; ec2: string },
    door: { host: string },
  ): Route =>
  ({ service, body }) => {
    if (service === 'CodeBuild_20161006') return { url: codebuild };
    if (/^Action=\w+&|&Version=2016-11-15/.test(body)) return { url: ec2 };
    return service === '' ? { url: ministack, headers: { ...door } } : { url: ministack };
  };

/** GitHub's own delays are a tenth: long enough for a busy computer. Callsheet's clocks are the real ones. */
const startGitHub = (url: string, secret: string): Promise<EmbeddedGitHub> =>
  embeddedGitHub({ ...worldOf(config), node, pace: 10, webhook: { url: `${url}/github/webhooks`, secret } });

/** Runs an admin command as people do; answers what it prints. */
function adminOf(endpoint: string): (command: string, ...args: string[]) => Promise<string> {
  const commands = join(import.meta.dirname, '../../infra/commands');
  const env = {
    PATH: process.env.PATH,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
  return async (command, ...args) => {
    const { stdout } = await promisify(execFile)(node, [join(commands, `${command}.ts`), ...args], { env });
    return stdout.trim();
  };
}
