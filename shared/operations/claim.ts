// A builder that has booted claims work. The claim obeys the planner: it reads one
// record, its own, and compares nothing.
import type { ClaimAnswer, ClaimRequest } from '../contract/claim.ts';
import { observeProvisioned } from '../scheduler/observe.ts';
import { Doubt } from '../scheduler/ports.ts';
import type { Builder } from '../scheduler/records.ts';
import { handOver, waitFor } from './handover.ts';
import { limitsOf, type Ports, paceOf } from './ports.ts';
import { byProof, conflict, hashOf, holdsKey, refused, type Spoken, says, turnOf } from './speaker.ts';
import { verify } from './verify.ts';

/** The handler itself looks for the planner's word this often and this long before it answers `wait`. */
const lookEveryMs = 250;
const lookForMs = 5_000;

/**
 * Answers a claim. May be repeated by the same agent until its runner has started. `source`: the address that
 * it came from.
 */
export async function claim(
  ports: Ports,
  request: ClaimRequest,
  source?: string,
): Promise<Spoken<ClaimAnswer>> {
  const builder = await byProof(ports, { ...request, source }).catch(orLater);
  if (!builder) return refused;
  if (builder instanceof Doubt) return says(later(ports, request, builder));
  if (builder === 'ended') return says({ next: 'shutdown', why: 'this builder has ended' });
  if (builder.phase === 'resetting') return says(await wiped(ports, builder));
  if (builder.keyHash && !holdsKey(builder, request.key)) return conflict;
  switch (builder.phase) {
    case 'retiring':
    case 'stopping':
    case 'gone':
      return says({ next: 'shutdown', why: `this builder is ${builder.phase}` });
    case 'claimed':
    case 'ready':
      return builder.startedAt === undefined ? says(await handOver(ports, builder)) : conflict;
    case 'booting':
      return bootingClaim(ports, builder, request);
  }
}

/**
 * Who claims in a later turn of a machine shows its epoch: only what reads the machine's tags after it was
 * wiped can know it. In the first turn there is none, and whoever shows one takes the machine for another.
 */
async function bootingClaim(
  ports: Ports,
  builder: Builder,
  request: ClaimRequest,
): Promise<Spoken<ClaimAnswer>> {
  const { epoch } = request;
  if (builder.turn === 1) {
    if (epoch !== undefined) return refused;
  } else {
    // Perhaps the tag is not there yet, or still that of the turn before.
    const shown = epoch === undefined ? 'before' : await turnOf(ports, builder, epoch);
    if (shown === 'before') return says(wait(10));
    if (!shown) return refused;
  }
  return says(await firstClaim(ports, builder, request));
}

/**
 * Its agent is new, and so is its key: but the turn that these are for has not begun. A pass asks whether its
 * disk was replaced.
 */
async function wiped({ bell }: Ports, { pool }: Builder): Promise<ClaimAnswer> {
  await bell.ring(pool);
  return wait(15);
}

/** A proof that cannot be judged now, but soon. */
function orLater(error: unknown): Doubt {
  if (error instanceof Doubt && error.retryAt !== undefined) return error;
  throw error;
}

function later(ports: Ports, { builder, launch }: ClaimRequest, doubt: Doubt): ClaimAnswer {
  ports.log({ unit: 'claim', builder, launch, outcome: 'wait', why: doubt.message });
  return waitFor(ports, doubt);
}

async function firstClaim(ports: Ports, booting: Builder, request: ClaimRequest): Promise<ClaimAnswer> {
  const asked = await announce(ports, booting, request);
  if (!asked) return wait(1);
  const dealt = await dealtScope(ports, asked);
  if (!dealt) return wait(1);
  if (dealt.phase !== 'booting') return { next: 'shutdown', why: `this builder is ${dealt.phase}` };
  if (!dealt.scope) return unneeded(ports, dealt);
  return (await stillQueued(ports, dealt)) ? handOver(ports, dealt) : wait(2);
}

/** Writes down that the builder has booted, and whose it is; says so again when the last word is old. */
async function announce(ports: Ports, builder: Builder, request: ClaimRequest): Promise<Builder | undefined> {
  const now = ports.clock.now();
  const recent = now - (builder.heardAt ?? 0) < limitsOf(ports, builder.pool).voiceMs / 4;
  if (builder.askedAt !== undefined && recent) return builder;
  const put = await ports.open.put({
    ...(observeProvisioned(builder, now) ?? builder),
    keyHash: hashOf(request.key),
    askedAt: builder.askedAt ?? now,
    heardAt: now,
    machine: request.facts,
  });
  if (!put.ok) return undefined;
  if (!builder.scope) await ports.bell.ring(builder.pool);
  return put.item;
}

/**
 * The record as soon as the planner has dealt it a scope, or as it is
 * after a while. Undefined: it is no more.
 */
async function dealtScope(ports: Ports, builder: Builder): Promise<Builder | undefined> {
  const now = ports.clock.now();
  // One that waits for hours asks often enough: it is no use to hold each of its calls for seconds.
  const isOld = builder.host !== undefined && now - (builder.askedAt ?? now) > lookForMs / paceOf(ports);
  const until = isOld ? now : now + lookForMs / paceOf(ports);
  let current: Builder | undefined = builder;
  while (current?.phase === 'booting' && !current.scope && ports.clock.now() < until) {
    await ports.clock.sleep(lookEveryMs / paceOf(ports));
    current = await ports.open.get(builder.pool, 'builder', builder.id);
  }
  return current;
}

/**
 * Nothing to do: it lingers for a minute, since demand comes in bursts, and is then told to end; but not
 * before a pass that knew of it has finished: the ring of one that died is hidden as long as it lingers. A
 * machine on a host stays: the host is paid for, and the plan says when it ends.
 */
async function unneeded(ports: Ports, builder: Builder): Promise<ClaimAnswer> {
  if (builder.host !== undefined) return wait(20);
  const now = ports.clock.now();
  const { askedAt = now } = builder;
  const { lingerMs, readyMs } = limitsOf(ports, builder.pool);
  if (now - askedAt <= lingerMs) return wait(1);
  const pool = await ports.open.get(builder.pool, 'pool', 'pool');
  if ((pool?.passBeganAt ?? 0) < askedAt && now - askedAt <= readyMs) return wait(2);
  const put = await ports.open.put({ ...builder, phase: 'stopping', why: 'not needed', stoppingAt: now });
  if (!put.ok) return wait(1);
  await ports.bell.ring(builder.pool);
  return { next: 'shutdown', why: 'not needed' };
}

/**
 * Is the job that the builder was chosen for still waiting, by GitHub's word? No answer counts as yes: the
 * builder waits for it, or gets the next one of its scope.
 */
async function stillQueued(ports: Ports, builder: Builder): Promise<boolean> {
  if (!builder.job) return true;
  const job = await ports.open.get(builder.pool, 'job', builder.job);
  try {
    if (job?.phase === 'waiting' && !(await verify(ports, job))) return true;
  } catch (error) {
    if (error instanceof Doubt) return true;
    throw error;
  }
  await ports.bell.ring(builder.pool);
  return false;
}

const wait = (seconds: number): ClaimAnswer => ({ next: 'wait', seconds });
