// What Image Builder does to make an image and to try it, as documents: readable shell, step by step.
import { readFileSync } from 'node:fs';
import { gpuFeatures, gpuPromise, runnerCache } from '../../../shared/contract/machine.ts';
import type { Architecture, ImageConfig } from '../../../shared/policy/config.ts';

/** https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-use-documents.html */
export interface ComponentDocument {
  schemaVersion: '1.0';
  phases: { name: 'build' | 'test'; steps: Step[] }[];
}

export type Step =
  | { name: string; action: 'ExecuteBash'; inputs: { commands: [string] } }
  | { name: string; action: 'Reboot'; inputs: { delaySeconds: number } };

/**
 * NVIDIA's branch with long-term support until June 2028, for Turing (T4) and whatever is newer. A branch and
 * no single version, since old versions do not build for new kernels.
 * https://docs.nvidia.com/datacenter/tesla/drivers/615/supported-drivers-and-cuda-toolkit-versions.html
 */
const driverBranch = '580';

/** Folders of https://developer.download.nvidia.com/compute/cuda/repos/rhel9/. */
const driverFolders: Record<Architecture, string> = { x64: 'x86_64', arm64: 'sbsa' };

/** What the agent and actions/runner use, and what most jobs expect. */
const packages = ['git', 'git-lfs', 'curl', 'jq', 'libicu', 'tar', 'unzip', 'util-linux', 'zip', 'zstd'];

/** Makes a builder of its base: by Rocky 9's packages, and those of NVIDIA, Docker and GitHub. */
export const setUp = (image: ImageConfig): ComponentDocument => ({
  schemaVersion: '1.0',
  phases: [
    {
      name: 'build',
      steps: [
        shell('upgrade'),
        { name: 'restart', action: 'Reboot', inputs: { delaySeconds: 5 } },
        shell('driver', { DRIVER_BRANCH: driverBranch, DRIVER_FOLDER: driverFolders[image.arch] }),
        shell('docker'),
        shell('packages', { PACKAGES: [...packages, ...image.packages].join(' ') }),
        shell('runner', { RUNNER_PLATFORM: `linux-${image.arch}`, RUNNER_FOLDER: runnerCache }),
        ...(image.containers.length > 0
          ? [shell('containers', { CONTAINERS: image.containers.join(' ') })]
          : []),
      ],
    },
  ],
});

/** The least of the GPUs that images are tried on, in MiB: T4 and T4G have 16 GB. */
const promise = gpuPromise({ gpus: 1, memoryMiB: 14_000, features: gpuFeatures });

/** Tries a machine of the new image with the very check that builders do before they claim. */
export function tryOut(): ComponentDocument {
  const check = readFileSync(new URL('../../../shared/agent/gpu.sh', import.meta.url), 'utf8');
  const script = `home=$(mktemp -d)\nas_runner() { "$@"; }\n${check}\nkeeps_promise '${promise}' container\n`;
  return {
    schemaVersion: '1.0',
    phases: [
      {
        name: 'test',
        steps: [{ name: 'gpu', action: 'ExecuteBash', inputs: { commands: [script] } }],
      },
    ],
  };
}

/** A script of this folder. `settings` hold no quote: the configuration allows none. */
const shell = (name: string, settings: Record<string, string> = {}): Step => {
  const script = readFileSync(new URL(`${name}.sh`, import.meta.url), 'utf8');
  const lines = Object.entries(settings).map(([key, value]) => `${key}='${value}'\n`);
  return { name, action: 'ExecuteBash', inputs: { commands: [`${lines.join('')}${script}`] } };
};
