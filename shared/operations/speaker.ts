// Who speaks: a proof says which machine, a key says which agent. Everything else comes from our records.
import { createHash, timingSafeEqual } from 'node:crypto';
import { poolOfLaunch } from '../contract/names.ts';
import { termsOf } from '../policy/ladder.ts';
import { poolNamed } from '../policy/lookup.ts';
import type { Builder } from '../scheduler/records.ts';
import type { Ports } from './ports.ts';
import { freshBuilder } from './record.ts';

/** What a builder's call comes to. A refusal tells a confused or hostile caller nothing but its status. */
export type Spoken<Answer> = { status: 200; answer: Answer } | { status: 403 | 409 };

export const refused = { status: 403 } as const;
export const conflict = { status: 409 } as const;
export const says = <Answer>(answer: Answer): Spoken<Answer> => ({ status: 200, answer });

/** What of a key is kept. */
export const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

/** Is this the key whose hash we keep? */
export const holdsKey = (builder: Builder | undefined, key: string): boolean =>
  builder?.keyHash !== undefined && isSame(builder.keyHash, hashOf(key));

/** Compares two secrets of 64 hexadecimal digits in constant time. */
export const isSame = (one: string, other: string): boolean =>
  timingSafeEqual(Buffer.from(one, 'hex'), Buffer.from(other, 'hex'));

/**
 * Is this the epoch of the builder's present turn, or of the one before? Only what reads the machine's tags
 * after it was wiped can know it.
 */
export async function turnOf(
  { epochs }: Pick<Ports, 'epochs'>,
  { id, turn }: Builder,
  shown: string,
): Promise<'present' | 'before' | undefined> {
  if (!epochs) throw new Error(`builder ${id} is in turn ${turn}, and epochs are not set up`);
  if (isSame(shown, await epochs.of({ id, turn }))) return 'present';
  return isSame(shown, await epochs.of({ id, turn: turn - 1 })) ? 'before' : undefined;
}

/** The builder that a call's key belongs to, or undefined. */
export async function byKey(
  ports: Pick<Ports, 'open' | 'config'>,
  call: { builder: string; launch: string; key: string },
): Promise<Builder | undefined> {
  const builder = await recordOf(ports, call);
  return holdsKey(builder, call.key) ? builder : undefined;
}

/** A call that shows who makes it. `source`: the address that it came from. */
export interface Shown {
  builder: string;
  launch: string;
  proof: string;
  source?: string | undefined;
}

/**
 * The builder that a proof belongs to, with what the proof has shown of it, which is not written down yet. A
 * machine of a known launch that has no record yet is adopted: the answer of its launch was lost. `ended`:
 * its record is in history.
 */
export async function byProof(ports: Ports, call: Shown): Promise<Builder | 'ended' | undefined> {
  const pool = poolOfLaunch(call.launch);
  if (!pool) return undefined;
  const known = await recordOf(ports, call);
  if (!known && !poolNamed(ports.config, pool)) return undefined;
  const launchOf = () => ports.open.get(pool, 'launch', call.launch);
  const launch = known ? undefined : await launchOf();
  const provider = known?.provider ?? launch?.provider;
  if (!provider) return undefined;
  const proven = await ports.proofs.verify(provider, call.proof, {
    id: call.builder,
    launch: call.launch,
    recorded: known !== undefined,
    askedAt: async () => (launch ?? (await launchOf()))?.askedAt ?? known?.launchedAt ?? 0,
    source: call.source,
    address: known?.address,
  });
  if (!proven) return undefined;
  const { host } = known ?? launch ?? {};
  const shown = {
    ...(proven.address !== undefined && { address: proven.address }),
    ...proven.terms,
    // Then it is the host that costs.
    ...(host !== undefined && { host, usdPerHour: 0 }),
  };
  if (known) return { ...known, ...shown };
  if (!launch || (await ports.history.has('builder', call.builder))) return 'ended';
  const machine = { pool, launch: launch.id, id: call.builder, provider };
  const terms = { rung: launch.rung, ...termsOf(ports.config, launch.pool, launch.rung) };
  const fresh = { ...freshBuilder(machine, terms, ports.clock.now()), ...shown };
  const put = await ports.open.put(fresh);
  return put.ok ? put.item : put.current;
}

async function recordOf(
  ports: Pick<Ports, 'open' | 'config'>,
  call: { builder: string; launch: string },
): Promise<Builder | undefined> {
  const pool = poolOfLaunch(call.launch);
  if (!pool) return undefined;
  const builder = await ports.open.get(pool, 'builder', call.builder);
  return builder?.launch === call.launch ? builder : undefined;
}
