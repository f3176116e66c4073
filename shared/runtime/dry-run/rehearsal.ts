// A sweep of the reaper that changes nothing: what it decides, and what it would do.
import type { Ports } from '../../operations/ports.ts';
import type { Report, Told } from '../../operations/sweep/report.ts';
import { sweep } from '../../operations/sweep/sweep.ts';
import { sharedPartition } from '../../scheduler/shared-records.ts';
import { dryHosts, dryLeftovers, dryProvider } from './clouds.ts';
import { dryGitHub } from './github.ts';
import type { Note, Reads, Would } from './reads.ts';
import { dryHistory, dryTable } from './tables.ts';

export type { Abstained, Report, Told } from '../../operations/sweep/report.ts';
export type { Unowned } from '../../scheduler/sweep-records.ts';
export type { Reads, Would } from './reads.ts';

export interface Rehearsal {
  /** When it began. */
  at: number;
  report: Report;
  /** Each decision, in the order in which they were made. */
  told: Told[];
  would: Would[];
}

/** Sweeps once, as the reaper would now. Nothing outside is changed: the ports are made of reading calls. */
export async function rehearse(reads: Reads): Promise<Rehearsal> {
  const told: Told[] = [];
  const would: Would[] = [];
  const at = reads.clock.now();
  const ports = dryPorts(reads, (act) => void would.push(act));
  const report = await sweep(ports, (decision) => void told.push(decision));
  return { at, report, told, would };
}

/** All that a sweep works with. What only planners and builders do throws. */
export const dryPorts = (reads: Reads, note: Note): Ports => ({
  config: reads.config,
  standard: reads.standard,
  clock: reads.clock,
  open: dryTable(reads.open, note),
  history: dryHistory(reads.history, note),
  github: dryGitHub(reads.github, note),
  providers: Object.fromEntries(
    Object.entries(reads.providers).map(([name, cloud]) => [name, dryProvider(name, cloud, note)]),
  ),
  hosts: reads.hosts && dryHosts(reads.hosts, note),
  leftovers: reads.leftovers && dryLeftovers(reads.leftovers, note),
  bell: { ring: async (pool) => note({ act: 'ring', what: 'pool', id: pool }) },
  proofs: { verify: async () => undefined },
  // Its lines would say that something was done.
  log: () => undefined,
});

/** Can both tables be read? Throws what they throw. */
export async function reachTables({ open, history }: Pick<Reads, 'open' | 'history'>): Promise<void> {
  await Promise.all([open.read(sharedPartition), history.has('receipt', 'none')]);
}
