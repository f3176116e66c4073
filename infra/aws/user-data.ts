// What a machine of EC2 does at its first boot: sets its own end, fetches the agent, and runs it.
import { readFileSync } from 'node:fs';
import { machineTags, runnerCache } from '../../shared/contract/machine.ts';

interface AnyBoot {
  installation: string;
  pool: string;
  /** The user of the image that the runner runs as. */
  user: string;
}

export interface Boot extends AnyBoot {
  /** Minutes from the boot to the end of the machine, whatever runs on it. */
  ageMinutes: number;
  /** Jobs use containers. */
  containers: boolean;
}

export interface MacBoot extends AnyBoot {
  /** Jobs may open windows: the image logs the user in at its boot. */
  windowServer: boolean;
}

const scriptOf = (name: string): string => readFileSync(new URL(`${name}.sh`, import.meta.url), 'utf8');
const script = scriptOf('user-data');
const macScript = scriptOf('user-data-mac');

/**
 * A shell script for cloud-init, which runs it as root, once. EC2 takes 16 kB, and shows it to jobs, and to
 * everybody who may describe instances: there is no secret in it. It needs curl, tar, coreutils, systemd 243.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html
 */
export const userData = ({ installation, pool, ageMinutes, user, containers }: Boot): string => `#!/bin/sh
# Starts a builder of Callsheet: the same for all machines of a pool. They read the rest from their tags.
installation=${quoted(installation)} pool=${quoted(pool)} age_minutes=${ageMinutes}
user=${quoted(user)} docker=${containers ? 1 : 0} runner_cache=${runnerCache}
launch_tag=${machineTags.launch} url_tag=${machineTags.url} gpu_tag=${machineTags.gpu}

${script}`;

/**
 * The same for EC2 macOS Init. It needs what a fresh macOS has. The end of a Mac comes from outside: one that
 * shuts down makes its host clean itself for hours.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-mac-instances.html
 */
export const macUserData = ({ installation, pool, user, windowServer }: MacBoot): string => `#!/bin/sh
# Starts a builder of Callsheet on a Mac: the same for all Macs of a pool. They read the rest from their tags.
installation=${quoted(installation)} pool=${quoted(pool)}
user=${quoted(user)} login=${windowServer ? 1 : 0} runner_cache=${runnerCache}
launch_tag=${machineTags.launch} url_tag=${machineTags.url}

${macScript}`;

/** One word for the shell, whatever is in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
