// Watches the table of a world of Macs: each record as it was written last, and whether money was there.
import type { Config } from '../../../shared/policy/schema.ts';
import type { Host } from '../../../shared/scheduler/host-records.ts';
import { microUsd, sumsOf } from '../../../shared/scheduler/money.ts';
import type { Builder, Item, Job, Launch } from '../../../shared/scheduler/records.ts';
import type { Ledger } from '../../../shared/scheduler/shared-records.ts';
import type { World } from '../world.ts';

/** Each record as it was written last, also of what has left the table since. */
export interface Books {
  hosts: Map<string, Host>;
  builders: Map<string, Builder>;
  launches: Map<string, Launch>;
  jobs: Map<string, Job>;
  ledgers: Map<string, Ledger>;
  /** Jobs that were held for want of money. */
  held: Set<string>;
  /** Does an entry of a ledger stand for the host? */
  isReserved(host: string): boolean;
}

/** `note` hears each record as it is stored. */
export function watchedBooks(world: World, config: () => Config): { note(item: Item): void; books: Books } {
  const books = emptyBooks();
  const note = (item: Item): void => {
    switch (item.kind) {
      case 'host':
        books.hosts.set(item.id, item);
        return;
      case 'builder':
        books.builders.set(item.id, item);
        return;
      case 'launch':
        books.launches.set(item.id, item);
        return;
      case 'job':
        books.jobs.set(item.id, item);
        if (item.verdict?.code === 'daily-limit') books.held.add(item.id);
        return;
      case 'ledger':
        world.breaks(...oversteps(config(), books, item, world.time.now()));
        books.ledgers.set(item.id, item);
        return;
      case 'pool':
      case 'run':
      case 'notice':
      case 'sight':
      case 'memory':
      case 'sweep':
      case 'receipt':
        return;
    }
  };
  return { note, books };
}

function emptyBooks(): Books {
  const ledgers = new Map<string, Ledger>();
  return {
    hosts: new Map(),
    builders: new Map(),
    launches: new Map(),
    jobs: new Map(),
    ledgers,
    held: new Set(),
    isReserved: (host) => [...ledgers.values()].some(({ open }) => open[host] !== undefined),
  };
}

/**
 * No cap is overstepped by a reservation. What is spent whatever the caps say is written down all the same:
 * of a host that nobody had on record, or that is held for longer than anybody wished.
 */
function oversteps(config: Config, { ledgers, hosts }: Books, ledger: Ledger, now: number): string[] {
  const before = ledgers.get(ledger.id)?.open ?? {};
  const isRaised = (id: string): boolean => amountOf(ledger.open, id) > amountOf(before, id);
  const isSpent = (id: string): boolean => {
    const record = hosts.get(id);
    if (!record) return false;
    return record.phase === 'gone' || record.reservedUntil < now;
  };
  const raised = Object.keys(ledger.open).filter((id) => isRaised(id) && !isSpent(id));
  if (raised.length === 0) return [];
  const { projects, all } = sumsOf(ledger);
  const sums: [string, number, number][] = [
    ['the installation', all, config.maxUsdPerDay],
    ...Object.entries(config.projects).map(([name, { maxUsdPerDay }]): [string, number, number] => [
      `project ${name}`,
      projects.get(name) ?? 0,
      maxUsdPerDay,
    ]),
  ];
  return sums
    .filter(([, amount, cap]) => amount > microUsd(cap))
    .map(([whose, amount, cap]) => `${raised} oversteps the cap of ${whose} (${cap}): ${amount}`);
}

const amountOf = (open: Ledger['open'], id: string): number =>
  Object.values(open[id]?.microUsd ?? {}).reduce((sum, one) => sum + one, 0);
