// What must hold when a world of Macs has settled: all that was wanted is served, paid for, and gone.
import type { Host } from '../../../shared/scheduler/host-records.ts';
import { hostCost } from '../../../shared/scheduler/hosts/observe.ts';
import type { Item } from '../../../shared/scheduler/records.ts';
import type { SimulatedJob } from '../github.ts';
import { minute, second } from '../time.ts';
import type { Books } from './books.ts';
import { billOf, isReleased, lagMs, type SimulatedHost } from './hosts.ts';
import type { MacService } from './stage.ts';

export interface EndSettings {
  wanted: readonly SimulatedJob[];
  /** Jobs must have succeeded, and bills be right to two minutes for each cleaning. */
  isFaultless: boolean;
  /** By how much EC2's clock differs. */
  clockMs: number;
  /** The pool is still configured: else nobody looks after what has ended. */
  isThere: boolean;
}

/** Names what was not served, what is left, and wrong bills. */
export async function violationsAt(service: MacService, settings: EndSettings): Promise<string[]> {
  const { world, hosts, books } = service;
  return [
    ...world.violations,
    ...unserved(service, settings),
    ...leftOutside(service),
    ...(await leftRecords(service, settings)),
    ...leftOpen(books),
    ...[...hosts.all.values()].flatMap((host) => wrongBill(books, host, settings)),
    ...settledWrongly(books),
  ];
}

/** Has all ended, and is forgotten? */
export async function isOver(service: MacService): Promise<boolean> {
  const { builders, launches, jobs, hosts } = await service.store.open.read('mac');
  const items: Item[] = [...builders, ...launches, ...jobs, ...hosts];
  return items.length === 0 && leftOpen(service.books).length === 0 && leftOutside(service).length === 0;
}

function unserved({ macs }: MacService, { wanted, isFaultless }: EndSettings): string[] {
  const failed = wanted.filter(
    ({ id, outcome }) => isFaultless && outcome !== 'success' && !macs.lost.has(id),
  );
  return [
    ...wanted.filter(({ startedAt }) => startedAt === undefined).map(({ id }) => `never served: ${id}`),
    ...failed.map(({ id, outcome }) => `job ${id} came to ${outcome}`),
  ];
}

function leftOutside({ hosts, macs, github }: MacService): string[] {
  return [
    ...[...hosts.all.values()].filter((host) => !isReleased(host)).map(({ id }) => `host left: ${id}`),
    ...[...macs.all.values()]
      .filter(({ endedAt }) => endedAt === undefined)
      .map(({ id }) => `machine left: ${id}`),
    ...[...github.runners.keys()].map((name) => `registration left: ${name}`),
  ];
}

async function leftRecords({ store }: MacService, { isThere }: EndSettings): Promise<string[]> {
  const { jobs, builders, launches, hosts } = await store.open.read('mac');
  const held = isThere ? hosts : hosts.filter(({ phase }) => phase !== 'gone');
  const left: Item[] = [...jobs, ...builders, ...launches, ...held];
  return left.map((item) => `record left: ${item.kind} ${item.id}`);
}

const leftOpen = ({ ledgers }: Books): string[] =>
  [...ledgers.values()].flatMap(({ id, open }) =>
    Object.keys(open).map((host) => `money left on ${id} for host ${host}`),
  );

/** Beyond what was billed: a sweep comes each minute, and sees what was so half a minute ago. */
const perCleaningMs = 2 * minute + 2 * lagMs;

/** The last sighting may be later than the end of a cleaning by as much; a release is noted soon after. */
const lessMs = lagMs + second;
const endMs = 2 * minute;

function wrongBill({ hosts }: Books, host: SimulatedHost, settings: EndSettings): string[] {
  const record = [...hosts.values()].find(({ hostId }) => hostId === host.id);
  if (!record) return [`host ${host.id} was never on record`];
  const { isFaultless, clockMs } = settings;
  const bill = billOf(host) * 1_000_000;
  const cost = hostCost(record, record.endedAt ?? 0);
  const of = (ms: number): number => (ms * host.usdPerHour * 1_000_000) / (60 * minute);
  const off = Math.abs(clockMs);
  const least = bill - of(lessMs * (host.cleanings + 1) + off);
  const most = bill + of(perCleaningMs * (host.cleanings + 1) + endMs + off);
  if (cost < least) return [`${host.id} costs ${bill}, and ${cost} was settled`];
  return isFaultless && cost > most ? [`${host.id} costs ${bill}, and as much as ${cost} was settled`] : [];
}

/** What the ledgers have is what the records say. */
function settledWrongly({ hosts, ledgers }: Books): string[] {
  const all = [...ledgers.values()].flatMap(({ settled }) => Object.values(settled));
  const settled = all.reduce((sum, one) => sum + one, 0);
  const costs = [...hosts.values()].map((host: Host) => hostCost(host, host.endedAt ?? host.askedAt));
  const cost = costs.reduce((sum, one) => sum + one, 0);
  return settled === cost ? [] : [`${settled} is settled, the hosts on record have cost ${cost}`];
}
