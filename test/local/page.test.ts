// The page: four files under a strict policy, and words for every phase.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pageApp } from '../../infra/local/page/page.ts';
import { builderRow, jobRow, span, summary } from '../../infra/local/page/words.js';
import type { BuilderView, JobView } from '../../shared/contract/view.ts';

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

describe('the files', () => {
  it.each([
    ['/', 'text/html'],
    ['/page.css', 'text/css'],
    ['/page.js', 'text/javascript'],
    ['/words.js', 'text/javascript'],
  ])('%s is served as %s, with a policy that lets nothing inline run', async (path, type) => {
    const response = await (await pageApp()).request(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain(type);
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain('unsafe');
  });

  it.each([['/page.ts'], ['/../page.ts'], ['/..%2fqueue.ts'], ['/%2e%2e/queue.ts'], ['//etc/passwd']])(
    '%s is none of them',
    async (path) => {
      expect((await (await pageApp()).request(path)).status).toBe(404);
    },
  );

  it('name each other, and nothing from elsewhere', async () => {
    const html = await (await (await pageApp()).request('/')).text();
    const links = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link]) => link);
    expect(links.toSorted()).toEqual(['/', '/page.css', '/page.js', 'data:,']);
    expect(html).not.toMatch(/<script>|<style| style=| on\w+=/);
  });

  it('put data on the page as text only', () => {
    const script = readFileSync(new URL('../../infra/local/page/page.js', import.meta.url), 'utf8');
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
