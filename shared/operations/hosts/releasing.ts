// Releases hosts: the decision is saved, then the cloud is asked. What it refuses is held, and asked again.
import type { Host } from '../../scheduler/host-records.ts';
import { endHost } from '../../scheduler/hosts/observe.ts';
import type { PoolState } from '../../scheduler/records.ts';
import type { Ports } from '../ports.ts';
import { save } from '../state.ts';
import { hostsOf } from './allocating.ts';

/** Answers whether somebody else changed the host first: then it is decided anew. */
export async function release(ports: Ports, state: PoolState, host: Host): Promise<boolean> {
  if (host.phase === 'gone') return false;
  const releasingAt = host.releasingAt ?? ports.clock.now();
  const asked = host.phase === 'releasing' ? host : { ...host, phase: 'releasing' as const, releasingAt };
  const saved = asked === host ? host : await save(ports, state, asked);
  if (!saved) return true;
  const answer = await hostsOf(ports).release(saved);
  if (answer.released) {
    const done = await save(ports, state, endHost(saved, 'released', ports.clock.now()));
    ports.log({ unit: 'host', pool: host.pool, host: host.id, cloud: host.hostId, outcome: 'released' });
    return !done;
  }
  const { why, after } = answer;
  // The cloud's clock may be behind ours, and it sees for a while what has ended; the second time it matters.
  const level = after === undefined && host.why === why && ({ level: 'error' } as const);
  const outcome = 'not released';
  ports.log({ unit: 'host', ...level, pool: host.pool, host: host.id, cloud: host.hostId, outcome, why });
  const held: Host = { ...saved, phase: 'held', releasingAt: undefined, why, notBefore: after };
  return !(await save(ports, state, held));
}
