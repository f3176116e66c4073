// What a job is told of its machine: in its environment, in its log, and in /api/builders.
import { describe, expect, it } from 'vitest';
import { builderViews } from '../../shared/operations/view.ts';
import type { MachineFacts } from '../../shared/scheduler/records.ts';
import { crew } from './crew.ts';
import { ec2Crew, instance, spotOffering } from './ec2-crew.ts';

const b = instance();
const t4 = { name: 'Tesla T4', driver: '570.86.15', memoryMiB: 15360, computeCapability: '7.5' };
const gpuFacts: MachineFacts = {
  os: 'linux',
  arch: 'x64',
  agent: '1',
  bootSeconds: 41,
  gpus: [t4],
  features: ['cuda', 'optix', 'egl'],
};

/** The machine that was started for job 1 is one of this rung, and says this of itself. */
async function filming(rung = 0, machine: MachineFacts = { ...gpuFacts, gpus: [], features: [] }, pool = {}) {
  const film = ec2Crew(pool);
  await film.queue('1', 'film/color');
  await film.pass();
  await film.put({ ...(await film.builder(b)), rung, offering: rung === 0 ? spotOffering : undefined });
  const claimed = await film.claim(b, { facts: machine });
  const { body } = await film.started(b, '91');
  return { ...film, claimed, said: body };
}

const env = (more: object) => ({
  status: 200,
  body: { work: expect.objectContaining({ env: expect.objectContaining(more) }) },
});

describe('the environment of a job', () => {
  it.each([
    [0, '1-ec2-spot', 'nvidia'],
    [1, '2-ec2-on-demand', 'nvidia'],
    [2, '3-codebuild', 'none'],
  ])('on rung %d names it, and whose GPUs it has', async (rung, name, gpu) => {
    const { claimed } = await filming(rung);
    expect(claimed).toEqual(env({ CALLSHEET_RUNG: name, CALLSHEET_GPU: gpu }));
  });

  it('on a rung that the configuration no longer has promises nothing', async () => {
    const { claimed } = await filming(7);
    expect(claimed).toEqual(env({ CALLSHEET_RUNG: '8', CALLSHEET_GPU: 'none' }));
  });
});

describe('the first line of its log', () => {
  it('says where it runs, and what its GPUs are and can do', async () => {
    const { said } = await filming(0, gpuFacts);
    expect(said).toEqual({
      allow: true,
      notes:
        `Callsheet builder ${b} of pool gpu, rung 1-ec2-spot: g4dn.xlarge (spot) in us-east-1a. ` +
        '1 x Tesla T4, 15360 MiB, driver 570.86.15, compute capability 7.5. ' +
        'In containers work: cuda, optix, egl.',
    });
  });

  it('says what works on the machine itself, where jobs run in no container', async () => {
    const { said } = await filming(0, gpuFacts, { containers: false });
    expect(said).toMatchObject({ notes: expect.stringMatching(/ 7\.5\. On it work: cuda, optix, egl\.$/) });
  });

  it('says that no GPU could be had, where the rungs before had some', async () => {
    const { said } = await filming(2);
    expect(said).toEqual({
      allow: true,
      notes:
        `Callsheet builder ${b} of pool gpu, rung 3-codebuild. ` +
        'No GPU could be had (1-ec2-spot, 2-ec2-on-demand): this machine has none; CALLSHEET_GPU=none.',
    });
  });

  it('says no more than where it runs, in a pool that never had any', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    await film.pass();
    await film.claim('memory-gpu-1-0');
    expect((await film.started('memory-gpu-1-0', '91')).body).toEqual({
      allow: true,
      notes: 'Callsheet builder memory-gpu-1-0 of pool gpu, rung 1-local.',
    });
  });

  it('counts GPUs of one kind together', async () => {
    const { said } = await filming(0, { ...gpuFacts, gpus: [t4, t4, { ...t4, name: 'A10G' }], features: [] });
    expect(said).toMatchObject({ notes: expect.stringMatching(/ 2 x Tesla T4, .*; 1 x A10G, [^;]*7\.5\.$/) });
  });

  it("is one line of plain text, whatever a machine's facts are", async () => {
    const name = '"}\\\n::add-mask::x ##[error] $(id) `id` é';
    const gpus = Array.from({ length: 16 }, (_, index) => ({ ...t4, name: `${index}${name}` }));
    const { said } = await filming(0, { ...gpuFacts, gpus, features: [name.slice(0, 20)] });
    expect(said).toEqual({ allow: true, notes: expect.stringMatching(/^[\w .,:;()+=/-]{200,400}$/) });
    expect(JSON.stringify(said)).not.toMatch(/::|##/);
  });
});

describe('the row of its builder', () => {
  it('says what was got, and what its machine says of itself', async () => {
    const { ports, store } = await filming(0, gpuFacts);
    const known = { installation: 'test', states: [await store.open.read('gpu')], history: [] };
    const { agent: _, ...shown } = gpuFacts;
    expect(builderViews(known, ports.clock.now())).toMatchObject([
      { offering: spotOffering, machine: shown },
    ]);
  });

  it('says nothing of a machine that has not claimed', async () => {
    const film = ec2Crew();
    await film.queue('1', 'film/color');
    await film.pass();
    const known = { installation: 'test', states: [await film.store.open.read('gpu')], history: [] };
    expect(builderViews(known, film.ports.clock.now())).toMatchObject([{ machine: null }]);
  });
});
