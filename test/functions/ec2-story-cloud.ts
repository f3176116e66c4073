// The ports of each function on EC2 as the runtime wires them, but for the clock and for who signs documents.
import type { createBuilderApi } from '../../functions/builder-api/builder-api.ts';
import { gpuPromise } from '../../shared/contract/machine.ts';
import type { Ports } from '../../shared/operations/ports.ts';
import { poolNamed } from '../../shared/policy/lookup.ts';
import { offeringsOf, promiseOf } from '../../shared/policy/offerings.ts';
import type { Config } from '../../shared/policy/schema.ts';
import { ec2Proofs } from '../../shared/providers/ec2/identity/proofs.ts';
import {
  type Ec2Calls,
  type Ec2Settings,
  ec2Calls,
  ec2Provider,
} from '../../shared/providers/ec2/provider.ts';
import { ec2Prices } from '../../shared/runtime/aws/ec2.ts';
import { messageOf, newSigner } from '../providers/ec2-identity-messages.ts';
import type { Machine } from '../stand-ins/ec2/world.ts';
import { type Answer, context, emptyEvent } from './crew.ts';
import { calm, type Gate, through } from './ec2-story-peril.ts';

const account = '111122223333';
export const publicUrl = 'https://callsheet.example.com';

/** In place of EC2: its key and its certificate are made here, once for all stories. */
const signer = newSigner();

/** The dispatcher in a fresh process, whose calls go through the gate. */
export function dispatcherPorts(ports: Ports, calls: Ec2Calls, gate: Gate = calm.around): Ports {
  const settings = { ...settingsOf(ports, through(gate, calls)), url: publicUrl };
  return { ...throughGate(gate, ports), providers: { ec2: ec2Provider(settings) } };
}

/** The ports that all providers share, whose every call goes through the gate. */
export function throughGate(gate: Gate, ports: Ports): Ports {
  const { jobs, runners, checks, deliveries, allowance } = ports.github;
  return {
    ...ports,
    open: through(gate, ports.open),
    history: through(gate, ports.history),
    bell: through(gate, ports.bell),
    github: {
      jobs: through(gate, jobs),
      runners: through(gate, runners),
      checks: through(gate, checks),
      deliveries: through(gate, deliveries),
      allowance,
    },
  };
}

export const reaperPorts = (ports: Ports, calls: Ec2Calls): Ports => ({
  ...ports,
  providers: { ec2: ec2Provider(settingsOf(ports, calls)) },
});

export async function builderApiPorts(ports: Ports, calls: Ec2Calls): Promise<Ports> {
  const { config, clock, log } = ports;
  const proofs = ec2Proofs({
    account,
    installation: config.installation,
    regions: Object.fromEntries(regionsOf(config).map((region) => [region, { nat: false }])),
    certificates: Object.fromEntries(await Promise.all(regionsOf(config).map(certificateOf))),
    calls,
    priceOf: ec2Prices(config),
    now: clock.now,
    log,
  });
  return { ...ports, providers: {}, proofs };
}

const certificateOf = async (region: string): Promise<[string, string]> => [region, (await signer).pem];

export const regionsOf = ({ aws }: Config): string[] => Object.keys(aws?.regions ?? {});

const settingsOf = ({ config, clock }: Ports, calls: Ec2Calls): Ec2Settings => ({
  calls,
  installation: config.installation,
  regions: regionsOf(config),
  offeringsOf: (pool, rung) => offeringsOf(config, pool, rung),
  promiseOf: (pool, rung) => {
    const settings = poolNamed(config, pool);
    const found = settings?.ladder[rung];
    return settings && found?.provider === 'ec2' ? gpuPromise(promiseOf(settings, found)) : '0';
  },
  imageOf: () => undefined,
  subnetsOf: () => undefined,
  priceOf: ec2Prices(config),
  now: clock.now,
});

export const callsTo = (endpoint: string): Ec2Calls =>
  ec2Calls({ endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });

/** What the metadata of the machine shows as its signed document. */
export async function proofOf({ id, region, launchedAt }: Machine): Promise<string> {
  const pendingTime = new Date(launchedAt).toISOString();
  return messageOf({ accountId: account, instanceId: id, region, pendingTime }, { signers: [await signer] });
}

/** Calls the builder API from the machine's own address. */
export const callerOf =
  (api: ReturnType<typeof createBuilderApi>) =>
  async ({ address }: Machine, path: string, body: object): Promise<Answer> => {
    const { requestContext } = emptyEvent;
    const http = { ...requestContext.http, sourceIp: address };
    const event = {
      ...emptyEvent,
      routeKey: `POST /builders/${path}`,
      requestContext: { ...requestContext, http },
      body: JSON.stringify(body),
    };
    const answer = await api(event, context);
    return { status: answer.statusCode ?? 200, body: JSON.parse(answer.body ?? 'null') };
  };
