// Hosts are asked for like machines: the money is reserved, the intent is saved, then the cloud is asked.
import { type HostOffering, offeringKey, ownShelf, shelvesOf } from '../../contract/offerings.ts';
import { hostOfferingsOf } from '../../policy/hosts.ts';
import type { HostAnswer, Hosts } from '../../scheduler/host-ports.ts';
import type { Host } from '../../scheduler/host-records.ts';
import type { HostPlan } from '../../scheduler/hosts/keeping.ts';
import { endHost, observeHost } from '../../scheduler/hosts/observe.ts';
import { Doubt, type Fault, type LaunchResult } from '../../scheduler/ports.ts';
import type { PoolState } from '../../scheduler/records.ts';
import { changeRead, Raced } from '../change.ts';
import { concernsAdmin, isThrottled } from '../faults.ts';
import { giveBack, learn, renew } from '../memory.ts';
import { reserveHost } from '../money/hosts.ts';
import type { Ports } from '../ports.ts';
import { keep, save } from '../state.ts';

/** The cloud's hosts, or `Doubt` where they are not set up. */
export function hostsOf(ports: Ports): Hosts {
  if (!ports.hosts) throw new Doubt('a host of Macs needs its cloud, which is not set up');
  return ports.hosts;
}

/** Asks for a new host. Answers whether the pool must look again at once. */
export async function allocate(
  ports: Ports,
  state: PoolState,
  wanted: NonNullable<HostPlan['allocate']>,
): Promise<boolean> {
  const askedAt = ports.clock.now();
  const { id, rung, offer, job, reservedUntil } = wanted;
  const intent: Host = {
    kind: 'host',
    pool: state.pool.pool,
    id,
    version: 0,
    phase: 'asked',
    rung,
    ...offer,
    job: job.id,
    project: job.project,
    askedAt,
    unbilledMs: 0,
    served: [],
    earlier: { jobs: 0, ms: 0 },
    reservedUntil: askedAt,
    reserved: {},
  };
  const paid = await reserveHost(ports, state, intent, reservedUntil);
  const offerings = offeringsLike(ports, intent);
  await renew(ports, state, offerings, intent);
  const saved = await save(ports, state, paid);
  if (!saved) {
    await giveBack(ports, state, offerings, intent);
    throw new Raced(`host ${id} was written by another pass`);
  }
  return askHost(ports, state, saved);
}

/** The host's offering, as the configuration has it now. */
const offeringsLike = ({ config }: Ports, { pool, offering }: Host) =>
  hostOfferingsOf(config, pool).filter((one) => offeringKey(one) === offering);

/**
 * Asks the cloud, for the first time or `again`, and records what it says. A doubtful answer is thrown.
 * Answers whether the pool must look again at once.
 */
export async function askHost(ports: Ports, state: PoolState, intent: Host, again = false): Promise<boolean> {
  const { pool, id } = intent;
  const answer = await hostsOf(ports).allocate(intent, again);
  for (const fault of answer.faults) {
    const level = concernsAdmin(fault) && ({ level: 'error' } as const);
    ports.log({ unit: 'host', ...level, pool, host: id, outcome: fault.kind, why: fault.why });
  }
  // Nothing is known of the first asking: it is asked again later.
  if (!answer.host && again && isThrottled(answer.faults)) return false;
  await record(ports, state, intent, answer, again);
  // Asked again at once, a cloud that is throttling would throttle again: the reaper's ring comes back to it.
  return !isThrottled(answer.faults);
}

async function record(
  ports: Ports,
  state: PoolState,
  intent: Host,
  { host, faults }: HostAnswer,
  again: boolean,
): Promise<void> {
  const now = ports.clock.now();
  const why = faults.map((fault) => fault.why).join('; ');
  const answered = await changeRead(ports.open, intent, (current) => {
    if (current?.phase !== 'asked') return undefined;
    return host ? observeHost(current, host, now) : refused(current, why, now, again);
  });
  if (answered) keep(state, answered);
  const offerings = offeringsLike(ports, intent);
  const asking = { ...intent, phase: again ? ('closed' as const) : ('answered' as const) };
  const learnt = host ? faults : shelved(intent, offerings, faults);
  await learn(ports, state, asking, resultOf({ host, faults: learnt }), offerings);
}

/**
 * The faults, each of which empties a shelf that the host stands on: what cannot be allocated is no reason
 * to leave the hosts alone that are there. Without words for others, only this pool's own is empty.
 */
function shelved(
  { pool, offering }: Host,
  offerings: readonly HostOffering[],
  faults: readonly Fault[],
): Fault[] {
  const shelves = new Set(offerings.flatMap((one) => shelvesOf(one, pool)));
  const own = ownShelf(pool, offering);
  const said: readonly Fault[] = faults.length > 0 ? faults : [{ kind: 'capacity', why: noHostWhy }];
  return said.map((fault) =>
    fault.kind === 'throttled' || fault.shelves?.some((shelf) => shelves.has(shelf))
      ? fault
      : { ...fault, shelves: [...(fault.shelves ?? []), own] },
  );
}

const noHostWhy = 'the cloud gave no host';

/** A clear word about the first asking: nothing can show up, and the money is free at once. */
const refused = (current: Host, why: string, now: number, again: boolean): Host => ({
  ...endHost(current, why || noHostWhy, now),
  ...(!again && { settledAt: now }),
});

function resultOf({ host, faults }: HostAnswer): LaunchResult {
  return { started: host ? [host.hostId] : [], faults, ...(host && { terms: { [host.hostId]: host } }) };
}

/** A host that was never answered is not asked for again: should it show up, the reaper adopts it. */
export async function closeHost(ports: Ports, state: PoolState, old: Host): Promise<void> {
  const why = 'the cloud never answered';
  if (!(await save(ports, state, endHost(old, why, ports.clock.now())))) return;
  ports.log({ unit: 'host', level: 'error', pool: old.pool, host: old.id, outcome: 'closed', why });
}
