// The ledgers: money is reserved before a launch or a host is saved, lowered as builders end, and settled
// when all have.
import { poolOfLaunch } from '../../contract/names.ts';
import { projectNamed } from '../../policy/lookup.ts';
import type { DayMoney } from '../../scheduler/calls.ts';
import {
  type Caps,
  type Charge,
  chargeOf,
  dayOf,
  emptyLedger,
  microUsd,
  sumsOf,
  worstCase,
} from '../../scheduler/money.ts';
import type { Launch, PoolState, Time } from '../../scheduler/records.ts';
import {
  type Ledger,
  type LedgerEntry,
  type MicroUsd,
  sharedPartition,
} from '../../scheduler/shared-records.ts';
import { change, Raced } from '../change.ts';
import { limitsOf, type Ports } from '../ports.ts';
import { keep, save } from '../state.ts';
import { lowered, settled } from './entries.ts';
import { type HostCharge, hostChargesOf, withHost } from './host-charges.ts';

/** What each launch of a pool that costs money comes to, by what is on record. */
type Charges = Map<string, { launch: Launch; charge: Charge }>;

/** The money of today as the planner sees it. */
export const moneyNow = (ports: Ports, state: PoolState, now: Time): DayMoney => ({
  ledger: ledgerOf(state, dayOf(now), balancer(ports, state, now)),
  caps: capsOf(ports),
});

function ledgerOf(state: PoolState, day: string, balance: (ledger: Ledger) => Ledger): Ledger | undefined {
  const found = state.ledgers.find(({ id }) => id === day);
  return found && balance(found);
}

/** What no project pays for (a host that was found) has the installation's limit only. */
const capsOf = ({ config }: Pick<Ports, 'config'>): Caps => ({
  installation: microUsd(config.maxUsdPerDay),
  project: (name) =>
    microUsd(name === '' ? config.maxUsdPerDay : (projectNamed(config, name)?.maxUsdPerDay ?? 0)),
});

/**
 * Reserves what a launch may cost at most, by one conditional write of its day's ledger. Throws `Raced` when
 * others have taken the money meanwhile. What a crash leaves here without a launch is released later.
 */
export async function reserve(ports: Ports, state: PoolState, launch: Launch): Promise<void> {
  if (!launch.usdPerHour) return;
  const { id, askedAt } = launch;
  await raise(ports, state, id, { at: askedAt, microUsd: reservationOf(ports, launch, launch.usdPerHour) });
}

/**
 * Raises the entry `id` of the ledger of the day `entry.at` to what is wanted. Throws `Raced` when a daily
 * limit leaves too little, unless it is `spent` already whatever the limits say.
 */
export async function raise(
  ports: Ports,
  state: PoolState,
  id: string,
  entry: LedgerEntry,
  spent = false,
): Promise<void> {
  const day = dayOf(entry.at);
  const balance = balancer(ports, state, entry.at);
  const none = emptyLedger(sharedPartition, day);
  const caps = capsOf(ports);
  const stored = await change(
    ports.open,
    none,
    (current = none) => {
      const next = withReservation(balance(current), id, entry);
      if (!spent && !fits(next, caps, entry.microUsd)) throw new Raced(`the money for ${id} is taken`);
      return next;
    },
    { item: state.ledgers.find((ledger) => ledger.id === day) },
  );
  if (stored) keep(state, stored);
}

function reservationOf(ports: Ports, { pool, deal }: Launch, usdPerHour: number): MicroUsd {
  const each = worstCase(usdPerHour, limitsOf(ports, pool));
  const sums: MicroUsd = {};
  for (const { project = '' } of deal) sums[project] = (sums[project] ?? 0) + each;
  return sums;
}

/** An overlapping pass may have reserved for the same number: one launch is saved, and the dearer counts. */
function withReservation(ledger: Ledger, id: string, { at, microUsd: wanted }: LedgerEntry): Ledger {
  const sums = { ...ledger.open[id]?.microUsd };
  for (const [project, amount] of Object.entries(wanted))
    sums[project] = Math.max(sums[project] ?? 0, amount);
  return { ...ledger, open: { ...ledger.open, [id]: { at, microUsd: sums } } };
}

function fits(ledger: Ledger, caps: Caps, wanted: MicroUsd): boolean {
  const { projects, all } = sumsOf(ledger);
  const within = Object.keys(wanted).every((name) => (projects.get(name) ?? 0) <= caps.project(name));
  return within && all <= caps.installation;
}

/**
 * Writes into each ledger what the launches and hosts of a pool come to now, and notes those that are
 * settled. Safe to repeat: an entry that is absent was settled before.
 */
export async function balance(ports: Ports, state: PoolState, now: Time): Promise<void> {
  const balanced = balancer(ports, state, now);
  for (const ledger of [...state.ledgers]) {
    if (balanced(ledger) === ledger) continue;
    const stored = await change(ports.open, ledger, (current) => current && balanced(current), {
      item: ledger,
    });
    if (stored) keep(state, stored);
  }
  // Its entry may stand in a ledger that cannot be read.
  if (state.unreadable.length > 0) return;
  const open = new Set(state.ledgers.flatMap((ledger) => Object.keys(ledger.open)));
  for (const { launch, charge } of chargesOf(ports, state, now).values()) {
    if (charge.final && !open.has(launch.id)) await save(ports, state, { ...launch, settledAt: now });
  }
  for (const { host, is } of hostChargesOf(ports, state, now).values()) {
    if (is === 'final' && !open.has(host.id)) await save(ports, state, { ...host, settledAt: now });
  }
}

/**
 * Brings the entries of a pool's launches and hosts in a ledger up to date; the same ledger when they are.
 */
function balancer(ports: Ports, state: PoolState, now: Time): (ledger: Ledger) => Ledger {
  const charges = chargesOf(ports, state, now);
  const hosts: ReadonlyMap<string, HostCharge> = hostChargesOf(ports, state, now);
  // Launches on hosts cost nothing. The money may be that of a host of the same number, too new to be seen.
  const own = state.launches.filter(({ host }) => host === undefined);
  const days = new Map(own.map(({ id, askedAt }) => [id, dayOf(askedAt)]));
  /** Its launch was never saved: it may stand there with another request, or on another day. */
  const isLost = (id: string, { at }: LedgerEntry, day: string): boolean => {
    if (days.has(id)) return days.get(id) !== day || !charges.has(id);
    // Whose launch it is may stand in a record that cannot be read.
    return state.unreadable.length === 0 && now - at > ports.standard.reservationMs;
  };
  return (ledger) => {
    let next = ledger;
    for (const [id, entry] of Object.entries(ledger.open)) {
      if (poolOfLaunch(id) !== state.pool.pool) continue;
      const charge = charges.get(id)?.charge;
      const host = hosts.get(id);
      if (host) next = withHost(next, entry, host);
      else if (isLost(id, entry, ledger.id)) next = settled(next, id, {});
      else if (charge?.final) next = settled(next, id, charge.microUsd);
      else if (charge) next = lowered(next, id, charge.microUsd);
    }
    return next;
  };
}

function chargesOf(ports: Ports, { launches, builders, pool }: PoolState, now: Time): Charges {
  const limits = limitsOf(ports, pool.pool);
  const ofLaunch = Map.groupBy(builders, ({ launch }) => launch);
  const unsettled = launches.filter((one) => one.usdPerHour !== undefined && one.settledAt === undefined);
  return new Map(
    unsettled.map((launch) => {
      const charge = chargeOf(launch, ofLaunch.get(launch.id) ?? [], now, limits);
      return [launch.id, { launch, charge }];
    }),
  );
}

/** Removes ledgers of days that are over and in which nothing is open. */
export async function forgetDays(ports: Ports, ledgers: readonly Ledger[]): Promise<void> {
  const oldest = dayOf(ports.clock.now() - ports.standard.tombstoneMs);
  for (const ledger of ledgers) {
    if (ledger.id < oldest && Object.keys(ledger.open).length === 0) await ports.open.remove(ledger);
  }
}
