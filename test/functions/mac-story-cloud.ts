// The ports of each function on Macs as the runtime wires them, but for the clock and for who signs
// documents.
import type { Ports } from '../../shared/operations/ports.ts';
import {
  type MacCalls,
  type MacSettings,
  macCalls,
  macHosts,
  macProvider,
} from '../../shared/providers/ec2/mac/provider.ts';
import { epochsOf } from '../../shared/providers/epochs.ts';
import { hostPrices } from '../../shared/runtime/aws/macs.ts';
import { publicUrl, regionsOf, throughGate } from './ec2-story-cloud.ts';
import { calm, type Gate, through } from './ec2-story-peril.ts';

/** Only the dispatcher and the builder API have it. */
export const epochs = epochsOf('test', async () => 'the secret of the builders of this story');

export const macCallsTo = (endpoint: string): MacCalls =>
  macCalls({ endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });

/** The dispatcher in a fresh process, whose calls go through the gate. */
export function dispatcherPorts(ports: Ports, calls: MacCalls, gate: Gate = calm.around): Ports {
  const settings = { ...settingsOf(ports, through(gate, calls)), url: publicUrl };
  return {
    ...throughGate(gate, ports),
    providers: { mac: macProvider(settings) },
    hosts: macHosts(settings),
    epochs,
  };
}

export function reaperPorts(ports: Ports, calls: MacCalls): Ports {
  const settings = settingsOf(ports, calls);
  return { ...ports, providers: { mac: macProvider(settings) }, hosts: macHosts(settings) };
}

const settingsOf = ({ config, clock }: Ports, calls: MacCalls): MacSettings => ({
  calls,
  installation: config.installation,
  regions: regionsOf(config),
  imageOf: () => undefined,
  subnetsOf: () => undefined,
  priceOf: hostPrices(config),
  now: clock.now,
});
