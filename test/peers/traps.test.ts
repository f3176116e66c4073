// Traps that peers have fallen into: what GitHub does that nobody expects. Each by its name, in a scene with
// our handlers.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { crew } from '../functions/crew.ts';
import { allIsWell, machinesOf } from '../functions/ec2-story-end.ts';
import { type Film, film, minute } from '../functions/ec2-story-stage.ts';
import { jobDelivery, watchedWebhook } from '../webhook/deliveries.ts';

vi.setConfig({ testTimeout: 30_000 });

const fork = { event: 'pull_request', headRepositoryId: '2' };
const [first, second] = ['memory-gpu-1-0', 'memory-gpu-1-1'];
const runnerOf = (id: string): string => `callsheet-test-${id}-1-1`;

let set: Film | undefined;
afterEach(async () => {
  await set?.close();
  set = undefined;
});

async function onEc2(...changes: Parameters<typeof film>): Promise<Film> {
  const made = await film(...changes);
  set = made;
  return made;
}

describe('the check run of an Actions job belongs to GitHub Actions, and cannot be made neutral', () => {
  it('a job that is refused is told of by a check run of our own, which is neutral', async () => {
    const one = crew();
    await one.queue('1', 'film/color', {}, fork);
    await one.pass();
    expect(one.github.sent).toMatchObject([
      { how: 'created', check: { status: 'completed', conclusion: 'neutral', repository: 'film/color' } },
    ]);
    expect(one.cloud.machines.size).toBe(0);
  });
});

describe('a job that gets no machine waits for 24 hours, and holds its concurrency group', () => {
  it('its run is cancelled at once where the project wants that, and it waits no more', async () => {
    const one = crew();
    one.github.approvalForAll = false;
    await one.queue('1', 'film/volume', {}, fork);
    await one.pass();
    expect(one.github.cancelled).toEqual(['91']);
    expect((await one.job('1')).verdict?.state).toBe('refused');
  });
});

describe('any machine may take a job that another one was started for', () => {
  it('the machine of a stolen job is its thief, and the robbed job gets the other one', async () => {
    const one = crew();
    await one.queue('1', 'film/color');
    await one.queue('2', 'film/color');
    await one.pass();
    for (const id of [first, second]) await one.claim(id);
    await one.tell('2', { status: 'in_progress', runner: runnerOf(first) });
    await one.tell('1', { status: 'in_progress', runner: runnerOf(second) });
    expect(await one.job('2')).toMatchObject({ runner: runnerOf(first) });
    await one.tell('1', { status: 'completed', conclusion: 'success' });
    one.later(minute);
    await one.pass();
    expect([...one.cloud.machines.keys()]).toEqual([first]);
    expect(await one.builder(first)).toMatchObject({ phase: 'ready' });
  });
});

describe('a payload may carry a foreign installation, or a name that is almost ours', () => {
  it.each([
    ['an installation whose id begins as ours', { installation: { id: 770 } }],
    ['an installation whose id ours begins as', { installation: { id: 7 } }],
    ['a repository whose name begins as ours', { repository: { full_name: 'acme/demo2' } }],
    ['a repository whose name ends as ours', { repository: { full_name: 'xacme/demo' } }],
  ])('%s is ignored', async (_, rest) => {
    const { deliver, jobs } = watchedWebhook();
    expect(await deliver(jobDelivery('queued', {}, rest))).toMatchObject({
      status: 202,
      answer: { ignored: expect.any(String) },
    });
    expect(jobs).toEqual([]);
  });
});

describe('a payload does not say whether its job is of a fork', () => {
  it('GitHub is asked for its run before anything starts, and no answer starts nothing', async () => {
    const one = crew();
    one.github.doubt.set('run 91', undefined);
    await one.queue('1', 'film/color');
    await one.pass();
    expect(one.cloud.machines.size).toBe(0);
    one.github.doubt.clear();
    one.later(minute);
    await one.pass();
    expect(one.cloud.machines.size).toBe(1);
  });
});

describe('a job may be queued though its run has ended', () => {
  it('it is never served', async () => {
    const one = crew();
    const run = { status: 'completed', conclusion: 'startup_failure' };
    await one.queue('1', 'film/color', {}, run);
    for (let nth = 0; nth < 10; nth += 1) {
      await one.pass();
      one.later(minute);
      await one.sweep();
    }
    expect(one.cloud.machines.size).toBe(0);
  });

  it('and GitHub may not know of a job that it has just told of: it waits, and is served', async () => {
    const one = crew();
    await one.queue('1', 'film/color');
    const known = one.github.known.get('1');
    one.github.known.delete('1');
    await one.pass();
    if (known) one.github.known.set('1', known);
    one.later(minute);
    await one.sweep();
    await one.pass();
    expect(one.cloud.machines.size).toBe(1);
  });
});

describe('one webhook, one machine: a boot that fails takes the machine of each later job', () => {
  it('each of three jobs is served, by one machine more', async () => {
    const on = await onEc2();
    on.temper = (nth) => (nth === 0 ? { bootMs: Number.POSITIVE_INFINITY } : {});
    for (const id of ['1', '2', '3']) on.hub.queue(id);
    await allIsWell(on, 4);
  });
});

describe('the reaper kills work when a list lags', () => {
  it('no list of EC2 without its machines, nor one of GitHub without its runners, ends one', async () => {
    const on = await onEc2();
    for (const id of ['1', '2', '3']) on.hub.queue(id, { minutes: 20 });
    await on.until('all run', () => on.hub.begun.length === 3);
    on.ec2.trouble.unlisted = machinesOf(on).map(({ id }) => id);
    const { list } = on.ports.github.runners;
    on.ports.github.runners.list = async () => [];
    await on.play(10 * minute);
    on.ec2.trouble.unlisted = [];
    on.ports.github.runners.list = list;
    await allIsWell(on, 3);
  });
});

describe("GitHub's rate limit is used up, and the watchdog dies of it", () => {
  it('the reaper ends what nobody owns, says so, and asks GitHub for no list', async () => {
    const one = crew();
    one.github.allowanceNow = { remaining: 10, limit: 5000, resetAt: one.ports.clock.now() + 40 * minute };
    for (const id of ['m1', 'm2']) one.cloud.plant(id);
    await one.queue('1', 'film/color');
    const said: string[] = [];
    for (let nth = 0; nth < 3; nth += 1) {
      one.later(minute);
      await one.sweep().catch((error: unknown) => void said.push(String(error)));
    }
    expect(one.cloud.machines.size).toBe(0);
    expect(said.join()).toContain('10 of 5000 calls are left');
    expect(one.github.calls.filter((call) => /^(list|queued)/.test(call))).toEqual([]);
  });
});

describe('labels are what a stranger writes', () => {
  it.each(['instance-type=p5.48xlarge', 'ami-0123456789abcdef0', 'spot=false', 'max-price=100'])(
    'they choose a pool, and nothing of its machines: not by %s',
    async (label) => {
      const { deliver, jobs } = watchedWebhook();
      const { answer } = await deliver(jobDelivery('queued', { labels: ['gpu', label] }));
      expect(answer).toEqual({ ignored: expect.stringContaining(label) });
      expect(jobs).toEqual([]);
    },
  );
});

describe('a job that is run again, where nothing runs, is not seen', () => {
  it('its delivery starts a machine, hours after the last one has ended', async () => {
    const on = await onEc2();
    on.hub.queue('1');
    await allIsWell(on, 1);
    on.later(3 * 60 * minute);
    await on.play(minute);
    on.hub.queue('2', { runId: '90' });
    await on.until('it runs', () => on.hub.begun.length === 2);
    await allIsWell(on, 2);
  });
});
