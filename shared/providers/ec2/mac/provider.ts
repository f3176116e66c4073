// Provider `mac`: builders are Macs of EC2, each on a host that is ours; and these hosts.
import type { Hosts } from '../../../scheduler/host-ports.ts';
import type { Provider } from '../../../scheduler/ports.ts';
import { tokenLifeMs } from '../finding.ts';
import type { PriceOf } from '../machine.ts';
import { ourMachines } from '../ours.ts';
import { type PlaceSettings, places } from '../places.ts';
import type { MacCalls } from './calls.ts';
import { hostsOf } from './hosts.ts';
import { launchMac } from './launching.ts';
import { type AskSettings, macRequest } from './request.ts';

export { type MacCalls, macCalls } from './calls.ts';

export interface MacSettings extends PlaceSettings, AskSettings {
  calls: MacCalls;
  /** All regions where Macs and hosts may be. */
  regions: readonly string[];
  /** Of a host, by the instance type that it is for, as `mac2.metal`. One without a price counts as free. */
  priceOf: PriceOf;
}

/** A launch needs the host that it is on. Builders cost nothing: their hosts do. */
export function macProvider(settings: MacSettings): Provider {
  const { calls, installation, now } = settings;
  const { note, ...machines } = ourMachines({ ...settings, isMine: ({ isMac }) => isMac });
  const tools = { calls, places: places(settings), installation, now, note };
  return {
    ...machines,
    tokenLifeMs,
    request: (wanted) => JSON.stringify(macRequest(settings, wanted)),
    launch: (launch, again = false) => launchMac(tools, launch, again),
  };
}

export const macHosts = (settings: MacSettings): Hosts => hostsOf(settings);
