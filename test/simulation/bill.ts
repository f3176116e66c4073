// What must hold of the money of a settled world: each machine is on the books, and paid to the micro-dollar.
import { costOf, dayOf } from '../../shared/scheduler/money.ts';
import type { Books } from './books.ts';
import type { Machine } from './cloud.ts';
import { priceOf } from './ec2/calls.ts';
import { minute } from './time.ts';

/** Names what is open, what was settled wrongly, and machines that nobody pays for. */
export const wrongBills = (books: Books, machines: Iterable<Machine>): string[] => [
  ...leftOpen(books),
  ...settledWrongly(books),
  ...[...machines].flatMap((machine) => wrongMachine(books, machine)),
  ...[...books.launches.keys()].flatMap((launch) => doubled(books, launch, machines)),
];

function leftOpen({ launches, ledgers }: Books): string[] {
  const unsettled = [...launches.values()].filter((one) => one.usdPerHour && one.settledAt === undefined);
  return [
    ...[...ledgers.values()].flatMap(({ id, open }) =>
      Object.keys(open).map((launch) => `money left on ${id} for launch ${launch}`),
    ),
    ...unsettled.map(({ id }) => `launch not settled: ${id}`),
  ];
}

/** Of each day, what its launches have cost: the price of each builder for its life, as the records say. */
function settledWrongly({ launches, builders, ledgers }: Books): string[] {
  const bills = new Map<string, number>();
  for (const builder of builders.values()) {
    const launch = launches.get(builder.launch);
    if (!launch?.usdPerHour) continue;
    const day = dayOf(launch.askedAt);
    bills.set(day, (bills.get(day) ?? 0) + costOf(builder));
  }
  const days = new Set([...bills.keys(), ...ledgers.keys()]);
  return [...days].flatMap((day) => {
    const bill = bills.get(day) ?? 0;
    const settled = Object.values(ledgers.get(day)?.settled ?? {}).reduce((all, one) => all + one, 0);
    return bill === settled ? [] : [`${settled} is settled on ${day}, the machines have cost ${bill}`];
  });
}

/** What ended sooner may never have been shown to anybody. */
const shownAfterMs = 2 * minute;

/** A machine of EC2 has a record, at its price or a dearer one. */
function wrongMachine({ builders }: Books, { id, slot, startedAt, endedAt = startedAt }: Machine): string[] {
  if (!slot) return [];
  const record = builders.get(id);
  if (!record) return endedAt - startedAt < shownAfterMs ? [] : [`machine ${id} was never on record`];
  const price = priceOf(slot.type) ?? 0;
  return record.usdPerHour >= price ? [] : [`machine ${id} costs ${price}, not ${record.usdPerHour}`];
}

function doubled({ launches }: Books, launch: string, machines: Iterable<Machine>): string[] {
  const n = launches.get(launch)?.n ?? 0;
  const started = [...machines].filter((machine) => machine.launch === launch).length;
  return started > n ? [`launch ${launch} was for ${n}, and has started ${started}`] : [];
}
