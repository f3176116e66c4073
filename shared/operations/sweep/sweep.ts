// One sweep of the reaper: it trusts nobody, records facts, rings, and ends only what no pool's plan can see.
import { poolOfLaunch } from '../../contract/names.ts';
import { poolNamed } from '../../policy/lookup.ts';
import type { Sighting } from '../../scheduler/ports.ts';
import { hasWork } from '../../scheduler/reconcile.ts';
import type { PoolState } from '../../scheduler/records.ts';
import type { Ports } from '../ports.ts';
import { redeliver } from './deliveries.ts';
import { moveJobs, recordQueuedJobs, verifySilentJobs } from './jobs.ts';
import { judgeMachines, judgeStrays, lookForMissing } from './machines.ts';
import { judgeRegistrations, liftRefusedScopes } from './registrations.ts';
import { part, type Report } from './report.ts';
import { archive } from './tombstones.ts';

/** What each provider has shown; a provider that did not answer in full is absent, and its part abstains. */
export type Seen = Map<string, Sighting[]>;

/**
 * Sweeps everything once: the cloud is listed before the table is read. A part that fails does not stop the
 * others; what failed is named in the report.
 */
export async function sweep(ports: Ports): Promise<Report> {
  const report: Report = { counts: {}, problems: [] };
  const seen: Seen = new Map();
  for (const [name, provider] of Object.entries(ports.providers)) {
    await part(report, `provider ${name}`, async () => {
      seen.set(name, await provider.list());
    });
  }
  const states: PoolState[] = [];
  for (const pool of Object.keys(ports.config.pools)) {
    await part(report, `pool ${pool}`, async () => {
      const state = await ports.open.read(pool);
      states.push(state);
      await sweepPool(ports, state, seen, report);
    });
  }
  const isStray = ({ launch }: Sighting): boolean =>
    !poolNamed(ports.config, poolOfLaunch(launch ?? '') ?? '');
  await part(report, 'strays', () => judgeStrays(ports, seen, isStray, report));
  await part(report, 'deliveries', () => redeliver(ports, report));
  await part(report, 'queued jobs', () => recordQueuedJobs(ports, states, report));
  if (states.length === Object.keys(ports.config.pools).length) {
    await part(report, 'registrations', () => judgeRegistrations(ports, states, report));
  }
  return report;
}

async function sweepPool(ports: Ports, state: PoolState, seen: Seen, report: Report): Promise<void> {
  const pool = state.pool.pool;
  const inPool = (what: string, work: () => Promise<void>) => part(report, `${what} of pool ${pool}`, work);
  for (const [provider, sightings] of seen) {
    const ours = sightings.filter(({ launch }) => poolOfLaunch(launch ?? '') === pool);
    await inPool('machines', () => judgeMachines(ports, state, provider, ours, report));
    await inPool('missing machines', () => lookForMissing(ports, state, provider, sightings, report));
  }
  await inPool('silent jobs', () => verifySilentJobs(ports, state, report));
  await inPool('moved jobs', () => moveJobs(ports, state, report));
  await inPool('refused scopes', () => liftRefusedScopes(ports, state, report));
  await inPool('ended records', () => archive(ports, state, report));
  if (state.unreadable.length > 0) {
    report.problems.push(
      `pool ${pool}: ${state.unreadable.length} items cannot be read: ${state.unreadable[0]}`,
    );
  }
  if (hasWork(state)) await inPool('bell', () => ports.bell.ring(pool));
}
