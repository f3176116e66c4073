// What everybody may see: only what is public by the newest word, and nothing that names a machine.
import { describe, expect, it } from 'vitest';
import type { HostView } from '../../shared/contract/view.ts';
import { publicBuilderViews, publicHostViews, publicJobViews } from '../../shared/operations/public-view.ts';
import { builderViews, jobViews, type Known } from '../../shared/operations/view.ts';
import type { Host } from '../../shared/scheduler/host-records.ts';
import type { Builder, Item, Job, Verdict } from '../../shared/scheduler/records.ts';
import { builder, host, job, state } from '../local/records.ts';

const id = 'cb-gpu-1-0';
const runner = `callsheet-aswf-${id}-1-1`;
const open = (jobs: Job[], builders: Builder[] = [], history: Item[] = []): Known => ({
  installation: 'aswf',
  states: [state(jobs, builders)],
  history,
});

const ours = (parts: Partial<Job> = {}): Job => job({ isPublic: true, ...parts });
const hidden = (parts: Partial<Job> = {}): Job => job({ isPublic: false, ...parts });
const ids = (known: Known): string[] => publicJobViews(known).map((view) => view.id);
const machines = (known: Known) => publicBuilderViews(known, 9000);

describe('a job', () => {
  it('is shown when its repository is public', () => {
    const other = hidden({ id: '2', repository: 'film/secret' });
    expect(ids(open([ours({ id: '1' }), other]))).toEqual(['1']);
    expect(ids(open([], [], [ours({ id: '3', phase: 'done', endedAt: 5 }), other]))).toEqual(['3']);
  });

  it('of which GitHub has not said whether it is public is not shown', () => {
    expect(ids(open([job({ id: '1' })]))).toEqual([]);
  });

  it('looks as it does to its owners, but for its builder', () => {
    const known = open([ours({ phase: 'running', runner, startedAt: 3000 })]);
    const [shown] = publicJobViews(known);
    expect(shown).toEqual({ ...jobViews(known)[0], builder: shown?.builder });
    expect(shown?.builder).toMatch(/^[0-9a-f]{12}$/);
  });
});

describe('a repository that has become private', () => {
  const past = ours({ id: '1', queuedAt: 1000, heardAt: 2000 });

  it.each<[string, Job]>([
    ['a later job says so', hidden({ id: '2', queuedAt: 5000, heardAt: 5000 })],
    ['an earlier job says so at its end', hidden({ id: '2', queuedAt: 500, heardAt: 6000 })],
    ['a later job says nothing', job({ id: '2', queuedAt: 5000, heardAt: 5000 })],
    ['it is spelt otherwise', hidden({ id: '2', repository: 'academysoftwarefoundation/opencolorio' })],
  ])('takes its past with it: %s', (_, word) => {
    const spelt = { ...word, queuedAt: Math.max(word.queuedAt, 500), heardAt: 6000 };
    expect(ids(open([past, spelt]))).toEqual([]);
    expect(ids(open([past], [], [{ ...spelt, phase: 'done', endedAt: 7000 }]))).toEqual([]);
    expect(ids(open([spelt], [], [{ ...past, phase: 'done', endedAt: 9000 }]))).toEqual([]);
  });

  it('is not public again because GitHub was asked about an old job', () => {
    const word = hidden({ id: '2', queuedAt: 5000, heardAt: 5000 });
    expect(ids(open([{ ...past, heardAt: 9000 }, word]))).toEqual([]);
  });

  it('and public again is shown whole', () => {
    const word = hidden({ id: '2', queuedAt: 5000, heardAt: 5000 });
    const again = ours({ id: '3', queuedAt: 6000, heardAt: 6000 });
    expect(ids(open([past, word, again]))).toEqual(['3', '2', '1']);
  });

  it('hides no other repository', () => {
    const other = ours({ id: '4', repository: 'film/open' });
    expect(ids(open([past, hidden({ id: '2', heardAt: 9000 }), other]))).toEqual(['4']);
  });
});

describe('why a job waits', () => {
  const log = 'tail of the log: AKIAIOSFODNN7EXAMPLE on 10.0.0.7';
  const whyOf = (code: Verdict['code'], why: string) =>
    publicJobViews(open([ours({ verdict: { state: 'waiting', code, why, since: 1 } })]))[0]?.why;

  it('is said without the words of clouds, builders and GitHub', () => {
    expect(whyOf('no-rung', `Pool gpu can get no builder now: ${log}.`)).toBe(
      'Pool gpu can get no builder now: no way of getting one is open.',
    );
    expect(whyOf('scope-refused', `GitHub does not accept runners: ${log}`)).toBe(
      'GitHub does not accept runners for this project: its admins can see why.',
    );
    const wait = 'A Mac of pool mac is free at about 14:30 UTC; another one would cost 15.60 USD.';
    expect(whyOf('host-busy', wait)).toBe(wait);
    expect(whyOf('concurrency', 'Project color runs as many jobs as it may.')).toBe(
      'Project color runs as many jobs as it may.',
    );
  });
});

describe('a builder', () => {
  const machine = (parts: Partial<Builder> = {}) => builder({ id, provider: 'codebuild', runner, ...parts });

  it('is shown when it took a public job, or was called for one', () => {
    expect(machines(open([ours({ phase: 'running', runner })], [machine()]))).toMatchObject([
      { phase: 'busy', job: '12' },
    ]);
    expect(machines(open([ours()], [machine({ phase: 'booting', runner: undefined })]))).toMatchObject([
      { phase: 'booting', job: '12' },
    ]);
    const taken = ours({ phase: 'done', runner, endedAt: 8000 });
    expect(machines(open([taken], [machine({ phase: 'gone' })]))).toMatchObject([{ job: '12' }]);
  });

  it.each<[string, Job[], Partial<Builder>]>([
    [
      'took a private job',
      [ours(), hidden({ id: '13', repository: 'film/x', phase: 'running', runner })],
      {},
    ],
    ['was called for a private one', [hidden()], {}],
    ['is busy with nobody knows what', [ours()], { startedAt: 5000 }],
    ['took a job that is not for our pools', [ours()], { foreign: { job: '99', repository: 'film/x' } }],
    ['ended without a job', [ours()], { phase: 'gone', endedAt: 6000 }],
    ['has no job', [ours()], { job: undefined }],
  ])('that %s is not', (_, jobs, parts) => {
    expect(machines(open(jobs, [machine(parts)]))).toEqual([]);
  });

  it('has one short name that its job says too, and that names no machine', () => {
    const known = open([ours({ phase: 'running', runner })], [machine()]);
    const [shown] = machines(known);
    expect(shown?.id).toMatch(/^[0-9a-f]{12}$/);
    expect(publicJobViews(known)[0]?.builder).toBe(shown?.id);
    const elsewhere = machines({ ...known, installation: 'other', states: [state([ours()], [machine()])] });
    expect(elsewhere[0]?.id).not.toBe(shown?.id);
  });

  it('says why it ended in our words only', () => {
    const taken = [ours({ phase: 'done', runner, endedAt: 8000 })];
    const whyOf = (why: string) => machines(open(taken, [machine({ phase: 'gone', why })]))[0]?.why;
    expect(whyOf('its job has ended')).toBe('its job has ended');
    expect(whyOf("its host's paid day is over")).toBe("its host's paid day is over");
    expect(whyOf('its build ended: TIMED_OUT')).toBe('its build ended: TIMED_OUT');
    expect(whyOf('its build ended: SECRET=hunter2')).toBeNull();
    expect(whyOf('its instance is terminated')).toBe('its instance is terminated');
    expect(whyOf('its instance is i-0abc')).toBeNull();
    expect(whyOf('the cloud takes its machine back')).toBe('the cloud takes its machine back');
    expect(whyOf('nvidia-smi: no devices on ip-10-0-0-7')).toBeNull();
  });

  it('keeps hostile words of a record out of every row', () => {
    const word = 'hunter2 i-0abc 10.0.0.7 <script>';
    const hostile = machine({ phase: 'gone', why: word, log: word, launch: word, keyHash: word, run: word });
    const gpus = [{ name: word, driver: word, memoryMiB: 1, computeCapability: word }];
    const facts = { os: word, arch: word, agent: word, bootSeconds: 1, gpus, features: [word] };
    const known = open(
      [ours({ phase: 'done', runner, endedAt: 8000, headSha: word, scope: word })],
      [{ ...hostile, machine: facts, runnerId: word, scope: word, offering: word, address: word }],
    );
    const rows = JSON.stringify([publicJobViews(known), machines(known)]);
    expect(machines(known)).toHaveLength(1);
    expect(JSON.stringify(builderViews(known, 0))).toContain('hunter2');
    for (const part of ['hunter2', 'i-0abc', '10.0.0.7', id, runner]) expect(rows).not.toContain(part);
  });
});

describe('a host', () => {
  const mac = { id: 'i-0abc', pool: 'mac', provider: 'mac', host: 'mac-1' };
  const taken = 'callsheet-aswf-i-0abc-1-1';
  const did = (repository: string) => [{ runner: 'r', job: '5', repository, startedAt: 1, endedAt: 2 }];
  const hosts = (parts: Partial<Host>, jobs: Job[], builders: Builder[] = []): HostView[] =>
    publicHostViews(
      { ...open([]), states: [{ ...state(jobs, builders, 'mac'), hosts: [host(parts)] }] },
      9000,
    );
  const openRepository = 'AcademySoftwareFoundation/OpenColorIO';
  const secret = hidden({ id: '13', repository: 'film/x' });

  it.each<[string, Partial<Host>, Job[], Partial<Builder>]>([
    ['was got for a public job', {}, [ours()], {}],
    ['served public jobs', { job: '1', served: did(openRepository) }, [ours({ id: '2' })], {}],
    ['runs a public job', {}, [ours({ phase: 'running', runner: taken })], { runner: taken }],
  ])('that %s is shown', (_, parts, jobs, machine) => {
    expect(hosts(parts, jobs)).toHaveLength(1);
    expect(hosts(parts, jobs, [builder({ ...mac, job: undefined, ...machine })])).toHaveLength(1);
  });

  it.each<[string, Partial<Host>, Job[], Partial<Builder>]>([
    ['was got for a private job', { job: '13' }, [ours(), secret], {}],
    ['served a private job', { served: did('film/x') }, [ours(), secret], {}],
    ['runs a private job', {}, [ours(), { ...secret, phase: 'running', runner: taken }], { runner: taken }],
    ['waits with a machine for a private job', {}, [ours(), secret], { job: '13' }],
    ['is busy with nobody knows what', {}, [ours()], { startedAt: 5, job: undefined }],
    ['runs a job that is not for our pools', {}, [ours()], { foreign: { job: '99', repository: 'film/x' } }],
    ['has done nothing that is known', { job: undefined }, [ours()], { job: undefined }],
  ])('that %s is not', (_, parts, jobs, machine) => {
    expect(hosts(parts, jobs, [builder({ ...mac, ...machine })])).toEqual([]);
  });

  it('shows what it costs, and names neither itself nor who pays', () => {
    const word = 'hunter2 arn:aws:ec2:us-east-1:111122223333';
    const [shown] = hosts({ why: word }, [ours()], [builder({ ...mac, why: word })]);
    expect(shown).toMatchObject({ offering: 'mac2.metal', project: null, usdPerHour: 0.65 });
    expect(shown?.id).toMatch(/^[0-9a-f]{12}$/);
    expect(shown?.builder).toMatch(/^[0-9a-f]{12}$/);
    expect(shown?.why).toMatch(/^its Mac waits for a job; paid until /);
    expect(hosts({ why: word, phase: 'gone', endedAt: 5 }, [ours()])[0]?.why).toBe('released');
    expect(JSON.stringify(shown)).not.toMatch(/hunter2|i-0abc|h-0abc|us-east|mac-1|opencolorio/);
  });
});
