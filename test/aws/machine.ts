// A machine of EC2 on the stage: processes of this computer that run the real agent, as user data starts it.
// A Mac has several disks, one after the other, and boots from each.
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineTags } from '../../shared/contract/machine.ts';
import { macPath, macUser } from '../agent/mac-machine.ts';
import { metadata } from '../agent/metadata.ts';
import { programAt } from '../agent/programs.ts';
import { stubs } from '../agent/stubs.ts';
import { until } from '../local/e2e/until.ts';
import { messageOf, type Signer } from '../providers/ec2-identity-messages.ts';
import type { Machine } from '../stand-ins/ec2/world.ts';
import { kill, processesIn } from './container.ts';
import { leashed } from './leash.ts';
import { account, region } from './stand-ins.ts';

interface Running {
  /** The folder of all machines. */
  root: string;
  /** Signs the document that says who the machine is. */
  signer: Signer;
  /** Ends all that runs on it. */
  signal: AbortSignal;
}

export interface Mac {
  /** Its disk is replaced: all that runs ends, and it boots again. */
  wipe(): void;
  /** The machine has ended. */
  ended: Promise<void>;
}

/** Nothing powers a Mac off: when its agent ends it stays as it is. */
export function runMac(machine: Machine, { root, signer }: Omit<Running, 'signal'>): Mac {
  let disk = new AbortController();
  async function live(): Promise<void> {
    while (!machine.ended.aborted) {
      disk = new AbortController();
      const signal = AbortSignal.any([machine.ended, disk.signal]);
      await runAgent(machine, { root, signer, signal });
      await until(() => signal.aborted, `${machine.id} is wiped or ended`, 600_000);
    }
  }
  return { wipe: () => disk.abort(), ended: live() };
}

/** Fetches the agent as user data does, and runs it to its end, or to the end of the machine. */
export async function runAgent(machine: Machine, { root, signer, signal }: Running): Promise<void> {
  const { id, tags, launchedAt } = machine;
  const home = join(root, id);
  mkdirSync(join(home, 'home'), { recursive: true });
  const url = tags[machineTags.url] ?? '';
  const pendingTime = new Date(launchedAt).toISOString();
  const document = { accountId: account, instanceId: id, region, pendingTime };
  const service = await metadata({
    'dynamic/instance-identity/rsa2048': await messageOf(document, { signers: [signer] }),
    get [`meta-data/tags/instance/${machineTags.epoch}`]() {
      return machine.tags[machineTags.epoch] ?? '';
    },
  });
  const archive = await fetch(`${url}/builders/agent`);
  writeFileSync(join(home, 'agent.tar.gz'), Buffer.from(await archive.arrayBuffer()));
  const env = {
    ...platformOf(machine, home, service.curl),
    HOME: home,
    LANG: 'C.UTF-8',
    CALLSHEET_HOME: join(home, 'home'),
    CALLSHEET_URL: url,
    CALLSHEET_BUILDER: id,
    CALLSHEET_LAUNCH: tags[machineTags.launch] ?? '',
  };
  const output = openSync(`${home}.log`, 'a');
  const script = 'tar -xzf agent.tar.gz && exec sh ./agent.sh';
  const shell = leashed(['sh', '-c', script], { cwd: home, env, output });
  closeSync(output);
  signal.addEventListener('abort', shell.release, { once: true });
  if (signal.aborted) shell.release();
  await shell.ended;
  shell.release();
  await until(() => {
    for (const pid of processesIn(home)) kill(pid);
    return processesIn(home).length === 0;
  }, `all processes of ${id} have ended`);
  await service.close();
  rmSync(home, { recursive: true });
}

/** What differs between the systems. */
function platformOf({ host, tags }: Machine, home: string, curl: string): NodeJS.ProcessEnv {
  const path = process.env.PATH ?? '';
  if (host === undefined) {
    const PATH = stubs(home, path, { curl, systemctl: 'exit 0' });
    return { PATH, CALLSHEET_PLATFORM: 'ec2', CALLSHEET_PROMISE: tags[machineTags.gpu] ?? '' };
  }
  // The stand-in for the runner program is a script that asks where it is.
  const programs = { curl, dirname: `exec ${programAt('dirname')} "$@"` };
  const PATH = macPath(home, `/bin:${path}`, programs);
  return { PATH, CALLSHEET_PLATFORM: 'mac', CALLSHEET_USER: macUser.username };
}
