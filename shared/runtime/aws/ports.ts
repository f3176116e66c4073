// What the functions that do more than record facts work with on AWS: GitHub, providers, proofs.
import type {
  BuilderApiEnvironment,
  DispatcherEnvironment,
  ReaperEnvironment,
} from '../../contract/environment.ts';
import { gitHubClient } from '../../github/client.ts';
import { gitHub } from '../../github/github.ts';
import type { Ports } from '../../operations/ports.ts';
import type { Config } from '../../policy/schema.ts';
import {
  type CodeBuildSettings,
  codeBuildCalls,
  codeBuildProvider,
} from '../../providers/codebuild/provider.ts';
import { ec2Calls } from '../../providers/ec2/calls.ts';
import { ec2Proofs } from '../../providers/ec2/identity/proofs.ts';
import { macCalls } from '../../providers/ec2/mac/provider.ts';
import { epochsOf } from '../../providers/epochs.ts';
import { ticketProofs } from '../../providers/tickets.ts';
import { standardLimits } from '../../scheduler/limits.ts';
import { Doubt, type Proofs, type Provider } from '../../scheduler/ports.ts';
import { logLine } from '../log.ts';
import { Misconfigured } from '../misconfigured.ts';
import { ec2Prices, ec2Providers } from './ec2.ts';
import { ec2LeftoversOf } from './leftovers.ts';
import { macPorts } from './macs.ts';
import { codeBuildProjects, projectOf } from './projects.ts';
import { clock, recordPorts } from './records.ts';
import { appKey, builderSecret, type Cloud, type Secret, secretIn } from './secrets.ts';

/** The dispatcher starts builders, and tells them where Callsheet is. */
export function dispatcherPorts(environment: DispatcherEnvironment, config: Config): Ports {
  const secret = reported(environment, environment.BUILDER_SECRET_PARAMETER, builderSecret);
  const url = environment.PUBLIC_URL;
  const codebuild = codeBuild(environment, config, { url, secret });
  return {
    ...commonPorts(environment, config),
    ...machinePorts(environment, config, { codebuild, url }),
    proofs: noProofs,
    epochs: epochsOf(config.installation, secret),
  };
}

/** The reaper lists and ends builders. */
export const reaperPorts = (environment: ReaperEnvironment, config: Config): Ports => ({
  ...commonPorts(environment, config),
  ...reaperClouds(environment, config),
  proofs: noProofs,
});

/** What the reaper sees of the clouds, and ends there. */
export const reaperClouds = (
  cloud: Cloud,
  config: Config,
): Pick<Ports, 'providers' | 'hosts' | 'leftovers'> => ({
  ...machinePorts(cloud, config, { codebuild: codeBuild(cloud, config, {}) }),
  leftovers: ec2LeftoversOf(cloud, config),
});

/** Under their names, and with the hosts of Macs. Both kinds of machines of EC2 share one list. */
function machinePorts(
  cloud: Cloud,
  config: Config,
  { codebuild, url }: { codebuild: Provider; url?: string },
): Pick<Ports, 'providers' | 'hosts'> {
  const access = { endpoint: cloud.AWS_ENDPOINT_URL };
  const calls = ec2Calls(access);
  const { provider: mac, hosts } = macPorts(macCalls(access, calls), config, url);
  return { providers: { codebuild, ...ec2Providers(calls, config, url), ...(mac && { mac }) }, hosts };
}

/** The builder API hears builders. It asks EC2 which machine it is that speaks for the first time. */
export function builderApiPorts(environment: BuilderApiEnvironment, config: Config): Ports {
  const secret = reported(environment, environment.BUILDER_SECRET_PARAMETER, builderSecret);
  const machines = machineProofs(environment, config);
  const proofs: Proofs = {
    verify: async (provider, ...shown) =>
      (isOfEc2(provider) ? machines : ticketProofs(await secret())).verify(provider, ...shown),
  };
  const epochs = epochsOf(config.installation, secret);
  return { ...commonPorts(environment, config), providers: {}, proofs, epochs };
}

/** Its machines have identity documents. */
const isOfEc2 = (provider: string): boolean => provider === 'ec2' || provider === 'mac';

/** The identity documents of machines of EC2. */
function machineProofs({ ACCOUNT_ID, AWS_ENDPOINT_URL }: BuilderApiEnvironment, config: Config): Proofs {
  const regions = Object.entries(config.aws?.regions ?? {});
  return ec2Proofs({
    account: ACCOUNT_ID,
    installation: config.installation,
    regions: Object.fromEntries(regions.map(([name, { vpc }]) => [name, { nat: vpc?.nat ?? false }])),
    calls: ec2Calls({ endpoint: AWS_ENDPOINT_URL }),
    priceOf: ec2Prices(config),
    now: clock.now,
    log: logLine,
  });
}

/** Proofs are shown to the builder API only. */
const noProofs: Proofs = { verify: async () => undefined };

function commonPorts(environment: ReaperEnvironment, config: Config): Omit<Ports, 'providers' | 'proofs'> {
  const client = gitHubClient({
    appId: config.github.appId,
    installations: config.github.installations,
    privateKey: reported(environment, environment.APP_KEY_PARAMETER, appKey),
    baseUrl: environment.GITHUB_API_URL,
  });
  return {
    config,
    standard: standardLimits,
    ...recordPorts(environment),
    github: gitHub(client, { pinnedRunners: config.runner }),
    log: logLine,
  };
}

const codeBuild = (
  { AWS_REGION, AWS_ENDPOINT_URL }: Cloud,
  config: Config,
  launching: Pick<CodeBuildSettings, 'url' | 'secret'>,
): Provider =>
  codeBuildProvider({
    calls: codeBuildCalls({ region: AWS_REGION, endpoint: AWS_ENDPOINT_URL }),
    projects: codeBuildProjects(config),
    projectOf: (pool, rung) => projectOf(config, pool, rung),
    now: clock.now,
    ...launching,
  });

/**
 * A secret whose failures are logged, since who asks for it may not tell them on, and become doubts: the rest
 * of a pass or a sweep goes on without it.
 */
function reported<T>(cloud: Cloud, name: string, secret: Secret<T>): () => Promise<T> {
  const read = secretIn(cloud, name, secret);
  return async () => {
    try {
      return await read();
    } catch (error) {
      const why = whyOf(error, name);
      logLine({ unit: 'secret', level: 'error', why });
      throw new Doubt(why);
    }
  };
}

/** What a reader says may quote what it read; our own words do not. */
function whyOf(error: unknown, name: string): string {
  if (error instanceof Misconfigured) return error.message;
  const kind = error instanceof Error ? error.name : typeof error;
  return `the SSM parameter ${name} could not be read (${kind})`;
}
