// What the functions work with on one computer: the same adapters as on AWS, pointed at 127.0.0.1.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { gitHubClient } from '../github/client.ts';
import { gitHub } from '../github/github.ts';
import type { Ports } from '../operations/ports.ts';
import type { Config } from '../policy/schema.ts';
import { localProvider } from '../providers/local/provider.ts';
import { launchOf } from '../providers/local/records.ts';
import { ticketProofs } from '../providers/tickets.ts';
import { paced, standardLimits } from '../scheduler/limits.ts';
import type { Bell } from '../scheduler/ports.ts';
import { createTables } from '../store/create.ts';
import { historyTable, openTable } from '../store/dynamo.ts';
import { sdkApi } from '../store/sdk.ts';

/** A builder's process has ended. */
export interface LocalEnd {
  builder: string;
  launch: string;
  why: string;
  log: string;
}

export interface LocalSettings {
  config: Config;
  /** How many times faster than real the clocks of the rules run. */
  pace: number;
  /** Where DynamoDB listens. */
  dynamodb: string;
  github: { url: string; privateKey: string };
  /** Where builders reach the builder API. */
  url: () => string;
  /** Makes the builders' tickets: the same after a restart. */
  secret: string;
  /** Holds the builders' folders: the same after a restart. */
  folder: string;
  bell: Bell;
  onEnd(end: LocalEnd): void;
  log(line: Record<string, unknown>): void;
}

export interface LocalPorts {
  ports: Ports;
  /** Ends all builders. */
  close(): Promise<void>;
}

const tables = { open: 'callsheet-open', history: 'callsheet-history' };

const agent = new URL('../agent/agent.sh', import.meta.url).pathname;

/** The ports of a service on this computer. */
export function localPorts(settings: LocalSettings): LocalPorts {
  const { config, pace, github } = settings;
  const api = sdkApi(database(settings.dynamodb));
  const provider = localProvider({
    folder: settings.folder,
    agent,
    // Known only when the server listens, which needs the functions, which need this.
    get url() {
      return settings.url();
    },
    secret: settings.secret,
    pace,
    onEnd: (builder, end) => settings.onEnd({ builder, launch: launchOf(builder) ?? '', ...end }),
  });
  const client = gitHubClient({
    appId: config.github.appId,
    installations: config.github.installations,
    privateKey: () => Promise.resolve(github.privateKey),
    baseUrl: github.url,
  });
  const ports: Ports = {
    config,
    standard: paced(standardLimits, pace),
    open: openTable(api, { table: tables.open }),
    history: historyTable(api, { table: tables.history }),
    bell: settings.bell,
    clock: { now: Date.now, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
    github: gitHub(client, { pinnedRunners: config.runner }),
    providers: { local: provider },
    proofs: ticketProofs(settings.secret),
    log: settings.log,
  };
  return { ports, close: () => provider.close() };
}

/** Creates the tables in an empty embedded DynamoDB. */
export const createLocalTables = (dynamodb: string): Promise<void> =>
  createTables(database(dynamodb), tables);

const database = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({
    endpoint,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
