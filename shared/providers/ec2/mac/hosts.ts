// The hosts of Macs: allocated, listed, looked at and released, and the machines on them reset.
import { parseOffering } from '../../../contract/offerings.ts';
import type { Hosts } from '../../../scheduler/host-ports.ts';
import { tokenLifeMs } from '../finding.ts';
import { inRegions } from '../regions.ts';
import { allocateHost } from './allocating.ts';
import { type HostTools, hostPattern, hostsIn, ourHosts, sightingOfHost } from './host.ts';
import { releaseHost } from './releasing.ts';
import { markMachine, resetMachine, resetStates } from './resetting.ts';

export function hostsOf(tools: HostTools): Hosts {
  return {
    tokenLifeMs,
    allocate: (host, again = false) => allocateHost(tools, host, again),
    async list(onSilence) {
      const found = await inRegions(tools.regions, (region) => ourHosts(tools, region), onSilence);
      return found.map(sightingOfHost);
    },
    async look({ hostId, offering }) {
      const region = parseOffering(offering)?.region;
      if (region === undefined || hostId === undefined || !hostPattern.test(hostId)) return undefined;
      const [host] = await hostsIn(tools, region, { ids: [hostId] });
      return host && sightingOfHost(host);
    },
    release: (host) => releaseHost(tools, host),
    reset: (builder) => resetMachine(tools, builder),
    resets: (builders) => resetStates(tools, builders),
    mark: (builder, epoch) => markMachine(tools, builder, epoch),
  };
}
