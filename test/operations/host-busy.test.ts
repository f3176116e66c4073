// What a job reads that waits for a host which is there already.
import { expect, it } from 'vitest';
import { policyOf } from '../../shared/operations/admit.ts';
import { limitsOf } from '../../shared/operations/ports.ts';
import { saveVerdicts } from '../../shared/operations/verdicts.ts';
import { plan } from '../../shared/scheduler/plan.ts';
import { host, job } from '../local/records.ts';
import { minute, stage } from './fakes.ts';

const texts = {
  priced: 'A Mac of pool gpu is free at about 12:25 UTC; another one would cost 15.60 USD.',
  unpriced: 'A Mac of pool gpu is free at about 12:25 UTC.',
};

it.each([
  ['what another one would cost', 'gpu-7', texts.priced],
  ['nothing of money where the host is not on record any more', 'gpu-8', texts.unpriced],
])('tells when a Mac is free, and %s', async (_, on, why) => {
  const { ports, put, job: stored } = stage();
  await put(job({ version: 0, repository: 'film/color', project: 'color' }));
  await put(host({ version: 0, pool: 'gpu', id: 'gpu-7' }));
  const state = await ports.open.read('gpu');
  const now = ports.clock.now();
  const limits = limitsOf(ports, 'gpu');
  const policy = policyOf(ports, state);
  const decided = plan({ state, now, limits, policy, maximum: 1, rungs: [], tokenLifeMs: () => 0 });
  const waits = state.jobs.map((each) => ({ job: each, host: on, at: now + 21 * minute }));
  const hosts = { ...decided.hosts, waits };
  await saveVerdicts(ports, state, { ...decided, hosts, holds: [] }, () => false);
  expect((await stored('12')).verdict).toEqual({ state: 'waiting', code: 'host-busy', why, since: now });
});
