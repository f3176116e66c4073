// What a dry run has of the world: the calls that change nothing.
import type { Ports } from '../../operations/ports.ts';
import type { Hosts } from '../../scheduler/host-ports.ts';
import type {
  Deliveries,
  GitHub,
  History,
  Jobs,
  Leftovers,
  OpenTable,
  Provider,
  Runners,
} from '../../scheduler/ports.ts';

export type TableReads = Pick<OpenTable, 'read' | 'get'>;
export type HistoryReads = Pick<History, 'has' | 'recent'>;
export type ProviderReads = Pick<Provider, 'tokenLifeMs' | 'request' | 'list' | 'look'>;
export type HostReads = Pick<Hosts, 'tokenLifeMs' | 'list' | 'look' | 'resets'>;
export type LeftoverReads = Pick<Leftovers, 'list'>;

export interface GitHubReads extends Pick<GitHub, 'allowance'> {
  jobs: Pick<Jobs, 'job' | 'run' | 'queued' | 'requiresApprovalForAll'>;
  runners: Pick<Runners, 'list' | 'refusal' | 'download'>;
  deliveries: Pick<Deliveries, 'page'>;
}

/** As `Ports`, and nothing in it changes anything. */
export interface Reads extends Pick<Ports, 'config' | 'standard' | 'clock'> {
  open: TableReads;
  history: HistoryReads;
  github: GitHubReads;
  providers: Readonly<Record<string, ProviderReads>>;
  hosts?: HostReads | undefined;
  leftovers?: LeftoverReads | undefined;
}

/** Something that would have been done: `stop machine i-1 of ec2`, `write job 7 of pool gpu`. */
export interface Would {
  act: 'write' | 'remove' | 'archive' | 'ring' | 'stop' | 'delete' | 'redeliver' | 'release';
  what: string;
  id: string;
  /** Its provider, pool or place. */
  of?: string | undefined;
}

export type Note = (would: Would) => void;

/** What only planners and builders need, and no sweep does. */
export const refused = (call: string) => (): never => {
  throw new Error(`a dry run does not do ${call}`);
};
