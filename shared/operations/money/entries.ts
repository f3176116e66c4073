// The entries of a ledger: lowered while something may still cost less, settled when its cost is known. Pure.
import type { Ledger, MicroUsd } from '../../scheduler/shared-records.ts';

/** Moves an entry into what is settled, at what it has cost: with nothing, it was for nothing. */
export function settled(ledger: Ledger, id: string, cost: MicroUsd): Ledger {
  const { [id]: _, ...open } = ledger.open;
  const sums = { ...ledger.settled };
  for (const [project, amount] of Object.entries(cost)) sums[project] = (sums[project] ?? 0) + amount;
  return { ...ledger, open, settled: sums };
}

/** Never raised: a reading that is older than the ledger charges too much. */
export function lowered(ledger: Ledger, id: string, charge: MicroUsd): Ledger {
  const entry = ledger.open[id];
  const sums = Object.entries(entry?.microUsd ?? {});
  const next = sums.map(([project, amount]) => [project, Math.min(amount, charge[project] ?? 0)] as const);
  if (!entry || next.every(([, amount], index) => amount === sums[index]?.[1])) return ledger;
  return { ...ledger, open: { ...ledger.open, [id]: { ...entry, microUsd: Object.fromEntries(next) } } };
}
