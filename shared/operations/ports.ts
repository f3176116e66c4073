// What the procedures work with: the ports, the configuration, and one line of log per unit of work.
import { poolNamed } from '../policy/lookup.ts';
import type { Config } from '../policy/schema.ts';
import type { Epochs, Hosts } from '../scheduler/host-ports.ts';
import { type Limits, type StandardLimits, standardLimits } from '../scheduler/limits.ts';
import type {
  Bell,
  Clock,
  GitHub,
  History,
  Leftovers,
  OpenTable,
  Proofs,
  Provider,
} from '../scheduler/ports.ts';

/** What recording a fact needs: the webhook loads nothing else. */
export interface RecordPorts {
  open: OpenTable;
  history: History;
  bell: Bell;
  clock: Clock;
}

export interface Ports extends RecordPorts {
  config: Config;
  github: GitHub;
  providers: Record<string, Provider>;
  proofs: Proofs;
  /** Absent where nothing is said of AWS: no pool can have Macs, or have had them. */
  hosts?: Hosts | undefined;
  epochs?: Epochs | undefined;
  /** Absent where nothing is said of AWS. */
  leftovers?: Leftovers | undefined;
  /** The limits of every pool; a faster world passes faster ones. */
  standard: StandardLimits;
  log(line: Record<string, unknown>): void;
}

const minute = 60_000;

/** The most that a configuration allows. */
const longestJobMinutes = 7200;

/** How many times faster than real this world's clocks run (1 but for tests). */
export const paceOf = (ports: Pick<Ports, 'standard'>): number =>
  standardLimits.sweepMs / ports.standard.sweepMs;

/**
 * The limits of one pool. Jobs of a pool that left the configuration may run for as long as any may: its
 * machines end with them, by their own timers, or then.
 */
export function limitsOf(ports: Pick<Ports, 'config' | 'standard'>, pool: string): Limits {
  const settings = poolNamed(ports.config, pool);
  return {
    ...ports.standard,
    bootMs: ((settings?.bootLimitMinutes ?? 10) * minute) / paceOf(ports),
    jobMs: (settings?.jobLimitMinutes ?? longestJobMinutes) * minute,
  };
}
