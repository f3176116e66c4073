// The ports of one environment: the real adapters over simulated AWS and GitHub. The process may die at each
// call.
import type { Ports } from '../../shared/operations/ports.ts';
import type { Config } from '../../shared/policy/schema.ts';
import { sqsBell } from '../../shared/runtime/aws/bell.ts';
import type { Epochs, Hosts } from '../../shared/scheduler/host-ports.ts';
import { standardLimits } from '../../shared/scheduler/limits.ts';
import type { GitHub, Leftovers, OpenTable, Proofs, Provider } from '../../shared/scheduler/ports.ts';
import type { Item } from '../../shared/scheduler/records.ts';
import type { RawAttributes } from '../../shared/store/attributes.ts';
import { historyTable, openTable, type ParsedRow, parseOpen } from '../../shared/store/dynamo.ts';
import { type SimulatedDynamo, tables } from './aws/dynamo.ts';
import type { SimulatedQueue } from './aws/sqs.ts';
import type { Process, World } from './world.ts';

/** What the ports lead to. */
export interface Outside {
  config: Config;
  dynamo: SimulatedDynamo;
  queue: SimulatedQueue;
  github: { ports(process: Process): GitHub };
  providers(process: Process): Record<string, Provider>;
  proofs(process: Process): Proofs;
  /** Where machines run on hosts. */
  hosts?(process: Process): Hosts;
  leftovers?(process: Process): Leftovers;
  epochs?: Epochs;
  /** Plants a bug into the open table. */
  plant?(open: OpenTable): OpenTable;
  log(line: Record<string, unknown>): void;
}

export function mortalPorts(world: World, process: Process, outside: Outside): Ports {
  const { config, dynamo, queue, github, providers, proofs, hosts, leftovers, epochs, log } = outside;
  const now = world.clockOf(process);
  const { open, history } = storeOver(dynamo.api(process));
  return {
    config,
    standard: standardLimits,
    open: outside.plant?.(open) ?? open,
    history,
    bell: sqsBell(queue.send(process), { queueUrl: 'rings', clock: { now } }),
    clock: {
      now,
      sleep: (ms) => world.call(process, 'sleep', () => undefined, { low: ms, high: ms }),
    },
    github: github.ports(process),
    providers: providers(process),
    proofs: proofs(process),
    hosts: hosts?.(process),
    leftovers: leftovers?.(process),
    epochs,
    log,
  };
}

/** The two tables over an API. */
export const storeOver = (api: SimulatedDynamo['here']) => ({
  open: openTable(api, { table: tables.open, parse: parseOnce }),
  history: historyTable(api, { table: tables.history }),
});

const parsed = new WeakMap<RawAttributes, ParsedRow>();

/**
 * A row never changes, and is read many times: it is parsed once. Nobody may change what all share, but for
 * the reaper's memory, which each sweep has for itself.
 */
function parseOnce(row: RawAttributes): ParsedRow {
  const known = parsed.get(row);
  if (known) return known;
  const fresh = parseOpen(row);
  if ('item' in fresh.parsed && fresh.parsed.item.kind === 'sweep') return fresh;
  parsed.set(row, deepFrozen(fresh));
  return fresh;
}

function deepFrozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFrozen(inner);
  return Object.freeze(value);
}

/** The record in a row of the open table. Throws when it is none: a function has stored it. */
export function recordIn(row: RawAttributes): Item {
  const { key, parsed } = parseOnce(row);
  if ('item' in parsed) return parsed.item;
  throw new Error(`${key} is stored and cannot be read: ${parsed.problem}`);
}
