// The page: its files under a strict policy, and words for every phase.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pageApp } from '../../infra/local/page/page.ts';
import {
  builderRow,
  hostRow,
  hostTotals,
  jobRow,
  receiptRow,
  span,
  summary,
} from '../../infra/local/page/words.js';
import type { BuilderView, HostView, JobView, ReceiptView } from '../../shared/contract/view.ts';

const at = (seconds: number) => new Date(seconds * 1000).toISOString();

const job: JobView = {
  id: '12',
  repository: 'AcademySoftwareFoundation/OpenColorIO',
  project: 'opencolorio',
  name: 'gpu',
  labels: ['gpu', 'linux'],
  pool: 'gpu',
  phase: 'waiting',
  outcome: null,
  why: null,
  builder: null,
  queuedAt: at(100),
  startedAt: null,
  endedAt: null,
};

const builder: BuilderView = {
  id: 'local-gpu-1-0',
  pool: 'gpu',
  provider: 'local',
  phase: 'booting',
  job: null,
  why: null,
  log: null,
  launchedAt: at(100),
  readyAt: null,
  endedAt: null,
  usd: 0,
  offering: null,
  machine: null,
};

const host: HostView = {
  id: 'h-0abc',
  pool: 'mac',
  offering: 'us-east-1/on-demand/mac2.metal/us-east-1a',
  phase: 'idle',
  why: 'paid until 2026-11-22 14:05 UTC; serves jobs until then',
  project: 'opencolorio',
  builder: null,
  allocatedAt: '2026-11-21T14:05:00.000Z',
  paidUntil: '2026-11-22T14:05:00.000Z',
  releaseAt: '2026-11-22T14:06:00.000Z',
  releasedAt: null,
  usdPerHour: 0.65,
  usd: 6.5,
  usdCommitted: 14.6,
  jobs: 4,
  usdPerJob: 3.65,
  hoursPaid: 10,
  hoursUsed: 3.25,
  hoursCleaning: 1.5,
};

const receipt: ReceiptView = {
  day: '2026-11-21',
  isOver: true,
  from: '2026-11-21T00:00:00.000Z',
  endedAt: '2026-11-22T00:00:00.000Z',
  isClean: true,
  words: 'nothing leaked',
  doubts: [],
  sweeps: 1440,
  troubled: 0,
  longestPauseMinutes: 1,
  counts: {},
  found: [],
  abstentions: [],
  more: 0,
  usd: 0,
};

const place = { name: '</script>', command: 'npm start', everyMs: 1000, samples: true };

const script = readFileSync(new URL('../../infra/local/page/page.js', import.meta.url), 'utf8');

describe('the files', () => {
  it.each([
    ['/', 'text/html'],
    ['/page.css', 'text/css'],
    ['/page.js', 'text/javascript'],
    ['/words.js', 'text/javascript'],
    ['/place.js', 'text/javascript'],
  ])('%s is served as %s, with a policy that lets nothing inline run', async (path, type) => {
    const response = await (await pageApp(place)).request(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain(type);
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain('unsafe');
  });

  it.each([['/page.ts'], ['/../page.ts'], ['/..%2fqueue.ts'], ['/%2e%2e/queue.ts'], ['//etc/passwd']])(
    '%s is none of them',
    async (path) => {
      expect((await (await pageApp(place)).request(path)).status).toBe(404);
    },
  );

  it('name each other, and nothing from elsewhere', async () => {
    const html = await (await (await pageApp(place)).request('/')).text();
    const links = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link]) => link);
    expect(links.toSorted()).toEqual(['/', '/page.css', '/page.js', 'data:,']);
    expect(html).not.toMatch(/<script>|<style| style=| on\w+=/);
  });

  it('have every element that the script asks for', async () => {
    const html = await (await (await pageApp(place)).request('/')).text();
    const asked = [...script.matchAll(/find\('([^']*)'\)|fill\('([^']*)'/g)];
    const ids = asked.map(([, id, kind]) => id ?? `${kind}-rows`);
    expect(ids).toEqual(expect.arrayContaining(['host-rows', 'host-totals', 'hosts', 'receipt-rows']));
    for (const id of ids) expect(html).toContain(`id="${id}"`);
    expect(html).toMatch(/<section id="hosts" [^>]*hidden>/);
    expect(html).toMatch(/<section id="receipts" [^>]*hidden>/);
  });

  it('are told their place', async () => {
    const text = await (await (await pageApp(place)).request('/place.js')).text();
    const [, json = ''] = /^export const place = (.*);\n$/.exec(text) ?? [];
    expect(JSON.parse(json)).toEqual(place);
  });

  it('show what only samples need where there are samples', async () => {
    const html = await (await (await pageApp(place)).request('/')).text();
    expect(html).toContain('<form id="queue" hidden>');
    expect(script).toContain("find('queue').hidden = !place.samples");
    expect(script.match(/place\.samples/g)).toHaveLength(2);
  });

  it('put data on the page as text only', () => {
    expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|DOMParser/);
  });
});

describe('the words', () => {
  it('say what a job does, for how long, and why', () => {
    const held = { ...job, phase: 'held', why: 'its project runs 4 jobs' } as const;
    const running = { ...job, phase: 'running', builder: 'local-gpu-1-0', startedAt: at(103) } as const;
    const done = { ...running, phase: 'done', outcome: 'timed_out', endedAt: at(163) } as const;
    const cancelled = { ...job, phase: 'done', outcome: 'cancelled', endedAt: at(101) } as const;
    expect(jobRow(job, 104_000)).toMatchObject({ phase: 'waiting', time: 'waits 4 s', over: false });
    expect(jobRow(held, 104_000)).toMatchObject({
      phase: 'held',
      tone: 'wait',
      why: 'its project runs 4 jobs',
    });
    expect(jobRow(running, 104_000)).toMatchObject({ tone: 'work', time: 'runs 1 s' });
    expect(jobRow(done, 900_000)).toMatchObject({ phase: 'timed out', tone: 'bad', time: 'ran 1 min 0 s' });
    expect(jobRow(cancelled, 900_000)).toMatchObject({ tone: 'idle', time: '', over: true });
    expect(jobRow(running, 0)).toMatchObject({
      title: 'OpenColorIO · gpu',
      detail: 'job 12 of AcademySoftwareFoundation/OpenColorIO · gpu, linux · on local-gpu-1-0',
    });
  });

  it('say what a builder does, for how long, and what it cost', () => {
    const gone = { ...builder, phase: 'gone', job: '12', usd: 0.0123, endedAt: at(190) } as const;
    expect(builderRow(builder, 107_000)).toMatchObject({ phase: 'booting', time: 'on set 7 s', over: false });
    expect(builderRow(gone, 900_000)).toMatchObject({
      phase: 'wrapped',
      time: 'lived 1 min 30 s',
      detail: 'local, pool gpu · job 12 · $0.0123',
      over: true,
    });
  });

  it('say of a Mac that its host is paid for', () => {
    expect(builderRow({ ...builder, provider: 'mac', phase: 'resetting' }, 107_000)).toMatchObject({
      phase: 'resetting',
      tone: 'wait',
      detail: 'mac, pool gpu · paid with its host',
    });
  });

  it('say what a host cost, what for, and when it goes', () => {
    const now = Date.parse('2026-11-22T02:05:00.000Z');
    expect(hostRow(host, now)).toEqual({
      phase: 'idle',
      tone: 'good',
      title: 'h-0abc · mac2.metal in us-east-1a',
      detail:
        'pool mac · $6.50 of $14.60 at least for 10.0 h · 4 jobs in 3.3 h · $3.65 a job · ' +
        'cleaned itself 1.5 h unpaid · paid by opencolorio',
      why: 'paid until 2026-11-22 14:05 UTC; serves jobs until then',
      time: 'leaves 14:06 UTC, in 12 h 1 min',
      over: false,
    });
    const asked = {
      ...host,
      phase: 'asked',
      allocatedAt: null,
      releaseAt: null,
      jobs: 0,
      hoursPaid: 0,
    } as const;
    expect(hostRow({ ...asked, usd: 0, usdCommitted: 0, hoursCleaning: 0 }, now)).toMatchObject({
      tone: 'wait',
      detail: 'pool mac · $0.00 for 0.0 h · no job yet · paid by opencolorio',
      time: '',
    });
    const busy = { ...host, phase: 'busy', releaseAt: null, builder: 'i-0abc', jobs: 1 } as const;
    expect(hostRow(busy, now)).toMatchObject({ tone: 'work', time: 'held 12 h 0 min' });
    expect(hostRow(busy, now).detail).toMatch(/1 job in .* now i-0abc$/);
    const released = { ...busy, phase: 'released', releasedAt: '2026-11-22T15:05:00.000Z' } as const;
    expect(hostRow(released, now + 9e9)).toMatchObject({ tone: 'idle', time: 'held 25 h 0 min', over: true });
  });

  it('add up what hosts cost', () => {
    const day = { usd: 15.6, usdCommitted: 15.6, hoursPaid: 24 };
    const other = { ...host, ...day, phase: 'released', jobs: 2, hoursUsed: 1 } as const;
    expect(hostTotals([host, other])).toBe(
      '1 held, 1 released · $22.10 of $30.20 at least for 34.0 h · 6 jobs in 4.3 h · $5.03 a job',
    );
    expect(hostTotals([other])).toBe(
      '0 held, 1 released · $15.60 for 24.0 h · 2 jobs in 1.0 h · $7.80 a job',
    );
    expect(hostTotals([])).toBe('0 held, 0 released · $0.00 for 0.0 h · no job yet');
  });

  it('say of a day whether something leaked', () => {
    expect(receiptRow(receipt)).toEqual({
      phase: '21 Nov',
      tone: 'good',
      title: 'nothing leaked',
      detail: '',
      why: '',
      time: '1,440 sweeps',
      over: true,
    });
    expect(receiptRow({ ...receipt, isOver: false, sweeps: 1 })).toMatchObject({
      phase: 'today',
      time: '1 sweep',
      over: false,
    });
    expect(receiptRow({ ...receipt, doubts: ['no sweep ended for 20 minutes'] }).tone).toBe('wait');
    expect(receiptRow({ ...receipt, isClean: false, doubts: ['so'], troubled: 3 })).toMatchObject({
      tone: 'bad',
      time: '1,440 sweeps, 3 troubled',
    });
  });

  it('list what was found on a day', () => {
    const machine = {
      kind: 'machine',
      id: 'i-0abc',
      place: 'us-east-1',
      launch: null,
      since: '2026-11-21T10:02:00.000Z',
      until: '2026-11-21T10:05:05.000Z',
      usd: 0.0438,
      usdSoFar: 0.0438,
      protected: false,
    } as const;
    const disk = { ...machine, kind: 'volume', id: 'vol-1', place: null, until: null, usd: 0 } as const;
    const found = [machine, { ...disk, protected: true }];
    expect(receiptRow({ ...receipt, found, more: 2 }).why.split('\n')).toEqual([
      'machine i-0abc in us-east-1 · since 2026-11-21 10:02 UTC · ended after 3 min 5 s · $0.0438',
      'volume vol-1 · since 2026-11-21 10:02 UTC · not ended · protected',
      'and 2 more',
    ]);
    const lines = receiptRow({ ...receipt, found: Array(25).fill(machine), more: 2 }).why.split('\n');
    expect([lines.length, lines.at(-1)]).toEqual([11, 'and 17 more']);
  });

  it('sum up', () => {
    expect(summary([], [])).toBe('0 waiting · 0 running · 0 done · 0 builders on set');
    expect(summary([job, { ...job, phase: 'held' }], [builder, { ...builder, phase: 'gone' }])).toBe(
      '2 waiting · 0 running · 0 done · 1 builder on set',
    );
  });

  it('count from seconds to hours, and never below zero', () => {
    expect([-5, 59.4, 61, 3600, 7500].map((seconds) => span(at(0), seconds * 1000))).toEqual([
      '0 s',
      '59 s',
      '1 min 1 s',
      '1 h 0 min',
      '2 h 5 min',
    ]);
  });
});
