// The ports of hosts: what the procedures need from a cloud whose machines run on hosts.
import type { Host, HostState } from './host-records.ts';
import type { Fault, OnSilence } from './ports.ts';
import type { Builder, Time } from './records.ts';

/** A host as its cloud shows it. */
export interface HostSighting {
  hostId: string;
  /** Our id of it, by its launch tag. Absent when it carries none. */
  id?: string;
  state: HostState;
  allocatedAt: Time;
  /** Ids of the machines on it. */
  instances: string[];
  offering: string;
  usdPerHour: number;
  /** Somebody has put the protect tag on it. */
  protected?: true;
}

/** What became of asking for a host. Without a host there are faults. */
export interface HostAnswer {
  host?: HostSighting;
  faults: Fault[];
}

/** What became of releasing a host. `after`: by the cloud's word, it can be released from then on. */
export type ReleaseAnswer = { released: true } | { released: false; why: string; after?: Time };

export type ResetState = 'running' | 'succeeded' | 'failed';

/** Hosts, and the quick reset of the machines on them. Each call throws `Doubt` when its answer is none. */
export interface Hosts {
  /** How long asking again with the same record finds the host that was allocated, in ms. */
  readonly tokenLifeMs: number;
  /**
   * Allocates one host of `host.offering`; asking again finds, never doubles. `again`: it was asked before,
   * and the answer was lost.
   */
  allocate(host: Host, again?: boolean): Promise<HostAnswer>;
  /**
   * Everything that is ours, released ones included as long as the cloud shows them. Silent regions as in
   * `Provider.list`.
   */
  list(onSilence?: OnSilence): Promise<HostSighting[]>;
  /** The one host, asked for by its id, or undefined when the cloud says that there is none. */
  look(host: Pick<Host, 'hostId' | 'offering'>): Promise<HostSighting | undefined>;
  /** A host that is gone already counts as released. */
  release(host: Pick<Host, 'hostId' | 'offering'>): Promise<ReleaseAnswer>;
  /**
   * Begins to replace the machine's root volume by its state at launch. The same builder, turn and
   * `reset.askedAt` are the same task. Answers the task's id.
   */
  reset(builder: Builder): Promise<string>;
  /** How the reset of each of these builders, which have a `reset.task`, is going, by the builder's id. */
  resets(builders: readonly Builder[]): Promise<Map<string, ResetState>>;
  /** Puts the epoch on the machine as a tag, which its agent reads from its metadata. */
  mark(builder: Builder, epoch: string): Promise<void>;
}

/** What an agent must show to claim in a later turn of its machine: nobody can know it before. */
export interface Epochs {
  of(builder: Pick<Builder, 'id' | 'turn'>): Promise<string>;
}
