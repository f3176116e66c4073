// Machines of EC2 at the builder API: they prove themselves from their own address, and never after a start.
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { document, messageOf, newSigner, type Signer } from '../providers/ec2-identity-messages.ts';
import { here, type IdentityStage, identityStage, instance, terms } from '../providers/ec2-identity-stage.ts';
import { type Crew, crew, emptyEvent, facts, keyOf } from './crew.ts';

const minute = 60_000;
const b = 'memory-gpu-1-0';
const refused = { status: 403, body: { error: 'refused' } };
const conflict = { status: 409, body: { error: 'refused' } };
const work = { status: 200, body: { work: expect.objectContaining({ kind: 'actions' }) } };
const shown = { ...instance, InstanceId: b };

let signer: Signer;
let proof: string;
beforeAll(async () => {
  signer = await newSigner();
  proof = await messageOf({ ...document, instanceId: b }, { signers: [signer] });
});

let film: Crew;
let ec2: IdentityStage;
beforeEach(async () => {
  film = crew();
  ec2 = identityStage(signer, { now: film.ports.clock.now });
  ec2.shows([shown]);
  film.ports.proofs = ec2.proofs;
  await film.queue('1', 'film/color');
});

/** The call as it comes from an address. */
const from = (sourceIp: string, path: string, body: object) => {
  const { requestContext } = emptyEvent;
  return film.raw({
    routeKey: `POST /builders/${path}`,
    requestContext: { ...requestContext, http: { ...requestContext.http, sourceIp } },
    body: JSON.stringify({ builder: b, launch: 'gpu-1', key: keyOf(b), ...body }),
  });
};
const claim = (more: object = {}, address = here) => from(address, 'claim', { proof, facts, ...more });

describe('a claim', () => {
  beforeEach(() => film.pass());

  it('is served, and the address and the terms of its machine are on record', async () => {
    expect(await claim()).toEqual(work);
    expect(await film.builder(b)).toMatchObject({ phase: 'ready', address: here, ...terms });
  });

  it('is written down no more often than that of other machines', async () => {
    await claim();
    const { version } = await film.builder(b);
    const other = crew();
    await other.queue('1', 'film/color');
    await other.pass();
    await other.claim(b);
    expect(version).toBe((await other.builder(b)).version);
  });

  it('may be repeated until the runner starts, and EC2 is asked once', async () => {
    await claim();
    ec2.shows(new Error('away'));
    expect(await claim()).toEqual(work);
    expect(ec2.asked).toHaveLength(1);
  });

  it('from another address is refused, before and after the first one', async () => {
    expect(await claim({}, '192.0.2.2')).toEqual(refused);
    expect((await film.builder(b)).phase).toBe('booting');
    await claim();
    expect(await claim({}, '192.0.2.2')).toEqual(refused);
  });

  it('waits for EC2, and loses nothing by it', async () => {
    const before = await film.builder(b);
    ec2.shows(new Error('away'));
    expect(await claim()).toEqual({ status: 200, body: { next: 'wait', seconds: 5 } });
    expect(film.lines.at(-1)).toMatchObject({ unit: 'claim', outcome: 'wait', why: expect.any(String) });
    ec2.shows([]);
    expect(await claim()).toEqual({ status: 200, body: { next: 'wait', seconds: 5 } });
    expect(await film.builder(b)).toEqual(before);
    ec2.shows([shown]);
    expect(await claim()).toEqual(work);
  });

  it('with a copy of the document and another key is refused', async () => {
    await claim();
    expect(await claim({ key: keyOf('thief') })).toEqual(conflict);
  });

  it('after the start of the job is refused, whoever makes it', async () => {
    await claim();
    await film.started(b, '91');
    expect(await claim()).toEqual(conflict);
    expect(await claim({ key: keyOf('thief') })).toEqual(conflict);
  });

  it('of a builder that is being stopped is told to shut down', async () => {
    await film.put({ ...(await film.builder(b)), phase: 'stopping' });
    expect(await claim()).toEqual({
      status: 200,
      body: { next: 'shutdown', why: 'this builder is stopping' },
    });
  });

  it('of a machine whose record came late is measured by its launch', async () => {
    const late = await film.builder(b);
    await film.put({ ...late, launchedAt: late.launchedAt + 5 * minute });
    expect(await claim()).toEqual(work);
  });

  it('of a machine that is older than its launch is refused', async () => {
    const old = { ...document, instanceId: b, pendingTime: '2026-11-21T11:57:59Z' };
    expect(await claim({ proof: await messageOf(old, { signers: [signer] }) })).toEqual(refused);
  });
});

describe('a claim of a machine without a record', () => {
  beforeEach(async () => {
    film.cloud.trouble.answersLost = true;
    await film.pass();
    film.duringSleep(() => film.pass());
  });

  it('is adopted by the tag of its launch', async () => {
    expect(await claim()).toEqual(work);
    expect(await film.builder(b)).toMatchObject({ launch: 'gpu-1', address: here, ...terms });
  });

  it('is refused when EC2 shows no such tag', async () => {
    ec2.shows([{ ...shown, Tags: [] }]);
    expect(await claim()).toEqual(refused);
    expect((await film.store.open.read('gpu')).builders).toEqual([]);
  });

  it('is refused without that tag also where addresses prove nothing', async () => {
    const regions = { [document.region]: { nat: true } };
    ec2 = identityStage(signer, { now: film.ports.clock.now, regions });
    film.ports.proofs = ec2.proofs;
    ec2.shows([{ ...shown, Tags: [] }]);
    expect(await claim({}, '192.0.2.2')).toEqual(refused);
    ec2.shows([shown]);
    expect(await claim({}, '192.0.2.2')).toEqual(work);
    expect((await film.builder(b)).address).toBeUndefined();
  });

  it('is refused for a launch that nobody has asked for, and EC2 is not asked', async () => {
    expect(await claim({ launch: 'gpu-7' })).toEqual(refused);
    expect(ec2.asked).toEqual([]);
  });
});

describe('a machine that is not fit', () => {
  const failure = () => ({ busy: false, failure: { proof, why: 'no driver' } });
  beforeEach(() => film.pass());

  it('says so from its own address', async () => {
    expect(await from('192.0.2.2', 'progress', failure())).toEqual(refused);
    expect(await from(here, 'progress', failure())).toEqual({ status: 200, body: { next: 'shutdown' } });
    expect(await film.builder(b)).toMatchObject({ phase: 'stopping', why: 'no driver', ...terms });
  });

  it('is asked to say it again when EC2 does not answer', async () => {
    ec2.shows(new Error('away'));
    expect(await from(here, 'progress', failure())).toEqual({ status: 500, body: { error: 'try again' } });
    expect((await film.builder(b)).phase).toBe('booting');
  });
});
