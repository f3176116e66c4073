// Watches the table of a simulated world: at each write the money and the words must be right.
import { limitsOf } from '../../shared/operations/ports.ts';
import type { Config } from '../../shared/policy/schema.ts';
import { standardLimits } from '../../shared/scheduler/limits.ts';
import { dayOf, microUsd, sumsOf, worstCase } from '../../shared/scheduler/money.ts';
import type { Builder, Item, Job, Launch } from '../../shared/scheduler/records.ts';
import type { Ledger } from '../../shared/scheduler/shared-records.ts';
import type { OnRecord } from './ec2/rules.ts';
import { broken } from './named.ts';
import { holdsSecret } from './secrets.ts';
import type { World } from './world.ts';

/** Each record as it was written last, also of what has left the table since. */
export interface Books {
  launches: Map<string, Launch>;
  builders: Map<string, Builder>;
  ledgers: Map<string, Ledger>;
  /** Jobs that were held for want of money. */
  held: Set<string>;
  /** Days of which the reaper has noted a sweep. */
  days: Set<string>;
  recordOf(launch: string): OnRecord;
}

/** `note` hears each record as it is stored. `runs`: does a machine of a launch run? */
export function watchedBooks(
  world: World,
  config: Config,
  runs: (launch: string) => boolean,
): { note(item: Item): void; books: Books } {
  const books = emptyBooks();
  const tell = phaseTeller(world);
  const note = (item: Item): void => {
    if ('phase' in item) tell(item);
    if (holdsSecret(item)) world.breaks(broken(5, `record ${item.kind} ${item.id} holds a secret`));
    switch (item.kind) {
      case 'launch':
        if (item.version === 1) world.breaks(...unpaid(books, config, item));
        books.launches.set(item.id, item);
        return;
      case 'builder':
        books.builders.set(item.id, item);
        return;
      case 'ledger':
        world.breaks(...oversteps(config, item), ...freed(books, item, runs));
        books.ledgers.set(item.id, item);
        return;
      case 'job':
        world.breaks(...wrongWords(item));
        if (item.verdict?.code === 'daily-limit') books.held.add(item.id);
        return;
      case 'sweep':
        books.days.add(item.today.day);
        return;
      case 'pool':
      case 'run':
      case 'notice':
      case 'sight':
      case 'memory':
      case 'receipt':
        return;
    }
  };
  return { note, books };
}

function emptyBooks(): Books {
  const launches = new Map<string, Launch>();
  const ledgers = new Map<string, Ledger>();
  return {
    launches,
    builders: new Map(),
    ledgers,
    held: new Set(),
    days: new Set(),
    recordOf(id) {
      const launch = launches.get(id);
      const ledger = launch && ledgers.get(dayOf(launch.askedAt));
      return { launch, isPaidFor: ledger?.open[id] !== undefined };
    },
  };
}

/** Tells when the phase of a record changes. */
function phaseTeller(world: World): (item: Extract<Item, { phase: string }>) => void {
  const phases = new Map<string, string>();
  return (item) => {
    const { kind, id, phase } = item;
    const of = kind === 'builder' ? ` of ${item.launch}` : '';
    if (phases.get(`${kind} ${id}`) !== phase) world.say(`table: ${kind} ${id}${of} is ${phase}`);
    phases.set(`${kind} ${id}`, phase);
  };
}

const sum = (amounts: Record<string, number> = {}): number =>
  Object.values(amounts).reduce((all, one) => all + one, 0);

/** A launch that costs money is saved after all that it may cost was reserved. */
function unpaid({ ledgers }: Books, config: Config, { id, pool, n, usdPerHour, askedAt }: Launch): string[] {
  if (usdPerHour === undefined) return [];
  const reserved = sum(ledgers.get(dayOf(askedAt))?.open[id]?.microUsd);
  const wanted = n * worstCase(usdPerHour, limitsOf({ config, standard: standardLimits }, pool));
  return reserved >= wanted ? [] : [`launch ${id} was saved with ${reserved} of ${wanted} reserved`];
}

/** No cap is overstepped: of a project, or of the installation. */
function oversteps(config: Config, ledger: Ledger): string[] {
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
    .map(([whose, amount, cap]) => `the cap of ${whose} (${cap}) is overstepped on ${ledger.id}: ${amount}`);
}

/** Money stays reserved on the launch's day as long as a machine of it runs. */
function freed({ ledgers, launches }: Books, after: Ledger, runs: (launch: string) => boolean): string[] {
  const isFreed = (id: string): boolean => {
    const { usdPerHour, askedAt = 0 } = launches.get(id) ?? {};
    return !after.open[id] && usdPerHour !== undefined && dayOf(askedAt) === after.id && runs(id);
  };
  return Object.keys(ledgers.get(after.id)?.open ?? {})
    .filter(isFreed)
    .map((id) => `the money of launch ${id} is settled, and a machine of it runs`);
}

const limitWords =
  /^The daily limit of (project \w+|this installation) \([\d.]+ USD\) is reached, resets 00:00 UTC\.$/;

function wrongWords({ id, verdict }: Job): string[] {
  if (verdict?.code !== 'daily-limit') return [];
  const right = verdict.state === 'held' && limitWords.test(verdict.why);
  return right ? [] : [`job ${id} is ${verdict.state} with the words '${verdict.why}'`];
}
