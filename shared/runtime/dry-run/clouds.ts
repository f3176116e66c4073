// The clouds of a dry run: they show what is there, and nothing starts or ends.
import type { Hosts } from '../../scheduler/host-ports.ts';
import type { Leftovers, Provider } from '../../scheduler/ports.ts';
import { type HostReads, type LeftoverReads, type Note, type ProviderReads, refused } from './reads.ts';

export const dryProvider = (name: string, reads: ProviderReads, note: Note): Provider => ({
  tokenLifeMs: reads.tokenLifeMs,
  request: (wanted) => reads.request(wanted),
  launch: refused('provider.launch'),
  list: (onSilence) => reads.list(onSilence),
  look: (id, hint) => reads.look(id, hint),
  async stop(ids) {
    for (const id of ids) note({ act: 'stop', what: 'machine', id, of: name });
    return { failed: [] };
  },
});

export const dryHosts = (reads: HostReads, note: Note): Hosts => ({
  tokenLifeMs: reads.tokenLifeMs,
  allocate: refused('hosts.allocate'),
  list: (onSilence) => reads.list(onSilence),
  look: (host) => reads.look(host),
  async release({ hostId }) {
    note({ act: 'release', what: 'host', id: String(hostId) });
    return { released: true };
  },
  reset: refused('hosts.reset'),
  resets: (builders) => reads.resets(builders),
  mark: refused('hosts.mark'),
});

export const dryLeftovers = (reads: LeftoverReads, note: Note): Leftovers => ({
  list: (onSilence) => reads.list(onSilence),
  remove: async ({ kind, id, place }) => note({ act: 'delete', what: kind, id, of: place }),
});
