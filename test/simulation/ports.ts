// The ports of one process in a simulated world: each call takes time, and the process may die at it.
import type { Ports } from '../../shared/operations/ports.ts';
import type { Config } from '../../shared/policy/schema.ts';
import type { Epochs, Hosts } from '../../shared/scheduler/host-ports.ts';
import { standardLimits } from '../../shared/scheduler/limits.ts';
import type { GitHub, History, OpenTable, Proofs, Provider } from '../../shared/scheduler/ports.ts';
import type { Item } from '../../shared/scheduler/records.ts';
import type { Process, World } from './world.ts';

/** What the ports lead to. */
export interface Outside {
  config: Config;
  store: { open: OpenTable; history: History };
  ring(pool: string): void;
  github: { ports(process: Process): GitHub };
  providers(process: Process): Record<string, Provider>;
  proofs(process: Process): Proofs;
  /** Where machines run on hosts. */
  hosts?(process: Process): Hosts;
  epochs?: Epochs;
}

export function mortalPorts(world: World, process: Process, outside: Outside): Ports {
  const { config, store, ring, github, providers, proofs, hosts, epochs } = outside;
  return {
    config,
    standard: standardLimits,
    open: mortal(world, process, store.open),
    history: mortal(world, process, store.history),
    bell: { ring: (pool) => world.call(process, `ring ${pool}`, () => ring(pool), { low: 5, high: 25 }) },
    clock: {
      now: world.time.now,
      sleep: (ms) => world.call(process, 'sleep', () => undefined, { low: 2 * ms, high: 2 * ms }),
    },
    github: github.ports(process),
    providers: providers(process),
    proofs: proofs(process),
    hosts: hosts?.(process),
    epochs,
    log: () => undefined,
  };
}

/** Makes each method of a table a call of the process. */
function mortal<Table extends OpenTable | History>(world: World, process: Process, table: Table): Table {
  return new Proxy(table, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...args: unknown[]) =>
        world.call(process, `${String(name)} ${describe(args)}`, () => Reflect.apply(method, target, args));
    },
  });
}

/** Names, and of records their kind and id. */
const describe = (args: unknown[]): string =>
  args.map((arg) => (isRecord(arg) ? `${arg.kind} ${arg.id}` : String(arg))).join(' ');

const isRecord = (arg: unknown): arg is Item => typeof arg === 'object' && arg !== null && 'kind' in arg;
