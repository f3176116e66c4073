// Machines are ended where they were got: whoever stops one says as what offering.
import { beforeEach, describe, expect, it } from 'vitest';
import { dispatch } from '../../shared/operations/pass.ts';
import { recordJob } from '../../shared/operations/record.ts';
import { sweep } from '../../shared/operations/sweep/sweep.ts';
import { input, minute, type Stage, stage } from './fakes.ts';
import { type Market, market } from './market.ts';

const abroad = 'eu-west-1/on-demand/g4dn.xlarge/eu-west-1a';

let film: Stage;
let ec2: Market;
/** What each machine that was stopped was got as, as the provider was told. */
let hinted: [id: string, offering: string | undefined][];

beforeEach(() => {
  const zones = { 'us-east-1': { zones: ['us-east-1a'] }, 'eu-west-1': { zones: ['eu-west-1a'] } };
  const rung = { provider: 'ec2' as const, region: 'eu-west-1', types: ['g4dn.xlarge'] };
  film = stage({
    aws: { region: 'us-east-1', regions: zones },
    pools: { ...input.pools, gpu: { ...input.pools.gpu, ladder: [rung] } },
  });
  ec2 = market(film.ports.config, film.ports.clock.now);
  hinted = [];
  const stop: Market['stop'] = (ids, hints) => {
    hinted.push(...ids.map((id): [string, string | undefined] => [id, hints?.get(id)]));
    return ec2.stop(ids);
  };
  film.ports.providers = { ec2: { ...ec2, stop } };
});

const pass = () => dispatch(film.ports, 'gpu', [film.ports.clock.now()]);

async function queue(): Promise<void> {
  const about = {
    id: '1',
    repository: 'film/color',
    name: 'optix',
    runId: '1',
    runAttempt: 1,
    headSha: 'f'.repeat(40),
    labels: ['gpu'],
    queuedAt: film.ports.clock.now(),
  };
  film.github.known.set('1', { ...about, status: 'queued' });
  const seat = { pool: 'gpu', project: 'color', scope: 'scope-color' };
  await recordJob(film.ports, { ...about, phase: 'waiting' }, seat);
}

describe('a machine that is stopped', () => {
  it('is hinted at by its record', async () => {
    await queue();
    await pass();
    const [id = ''] = ec2.machines.keys();
    expect((await film.builder(id)).offering).toBe(abroad);
    film.later(60 * minute);
    await pass();
    expect(hinted[0]).toEqual([id, abroad]);
  });

  it('is hinted at by its sighting, where it has no record', async () => {
    const startedAt = film.ports.clock.now();
    ec2.machines.set('i-1', { id: 'i-1', startedAt, terms: { offering: abroad, usdPerHour: 1 } });
    for (let sweeps = 0; sweeps < 6; sweeps += 1) {
      film.later(minute);
      await sweep(film.ports);
    }
    expect(hinted).toEqual([['i-1', abroad]]);
  });
});
