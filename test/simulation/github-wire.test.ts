// The simulated GitHub's runners, limits, deliveries and faults, looked at through the real verbs.
import { describe, expect, it } from 'vitest';
import { secretMark } from './github/records.ts';
import { aJob, aRunner, doubtOf, group, repository, stage, start } from './github/stage.ts';
import { minute, second } from './time.ts';

const hour = 60 * minute;

describe('runners', () => {
  it('are registered once by name, listed in pages, and deleted unless a job runs', async () => {
    const all = stage();
    const { github, runners, answer, wait } = all;
    for (let number = 1; number <= 130; number += 1)
      await answer(runners.register(group, `callsheet-sim-${number}`, ['gpu']));
    await answer(runners.register('repository/film/color', 'callsheet-sim-apart', ['gpu']));
    const listed = await answer(runners.list(group, 'callsheet-sim-'));
    expect(listed).toHaveLength(130);
    expect(listed[0]).toMatchObject({ busy: false, online: false });
    expect(await answer(runners.remove(group, { name: 'callsheet-sim-7' }))).toBe('deleted');
    expect(await answer(runners.remove(group, { name: 'callsheet-sim-7' }))).toBe('absent');
    expect(await answer(runners.remove(group, listed[6] ?? { name: '' }))).toBe('absent');
    const twice = await doubtOf(answer(runners.register(group, 'callsheet-sim-8', ['gpu'])));
    expect(twice.message).toMatch(/409/);
    const made = await aRunner(all, 'busy');
    github.queue(aJob());
    await wait(10 * second);
    expect(await answer(runners.list(group, 'busy'))).toMatchObject([{ busy: true, online: true }]);
    expect(await answer(runners.remove(group, { name: 'busy', id: made.runnerId }))).toBe('busy');
  });

  it('need a group that exists, and a right that the App has', async () => {
    const { runners, answer } = stage({ refusedScope: 'repository/film/volume' });
    const missing = await answer(runners.register('group/film/none', 'a', ['gpu']));
    expect(missing).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining("no runner group 'none'"),
    });
    const refused = await answer(runners.register('repository/film/volume', 'a', ['gpu']));
    expect(refused).toMatchObject({ kind: 'refused', why: expect.stringContaining('administration: write') });
    expect(await answer(runners.refusal('repository/film/volume'))).toContain('the App lacks');
    expect(await answer(runners.refusal('repository/film/color'))).toBeUndefined();
    expect(await answer(runners.register('group/nobody/a', 'a', ['gpu']))).toMatchObject({ kind: 'refused' });
  });

  it('take a configuration once, and none whose registration is gone', async () => {
    const { github, runners, answer } = stage();
    const made = await answer(runners.register(group, 'ours', ['gpu']));
    const config = made.kind === 'made' ? made.jitConfig : '';
    expect(config).toContain(secretMark);
    expect(github.connect(config, { alive: () => true })).toBe(true);
    expect(github.connect(config, { alive: () => true })).toBe(false);
    expect(github.runners.delete(config)).toBe(true);
    expect(github.connect(config, { alive: () => true })).toBe(false);
  });

  it('are forgotten when they have not connected for a day', async () => {
    const { github, runners, answer, wait } = stage();
    await answer(runners.register(group, 'ours', ['gpu']));
    await wait(24 * hour);
    expect(github.runners.size).toBe(0);
  });

  it('by thousands get jobs by ten thousands, each one', async () => {
    const all = stage();
    const { github, wait } = all;
    const jobs = Array.from({ length: 10_000 }, (_, at) => aJob({ id: String(100_000 + at), runMs: hour }));
    for (const job of jobs) github.queue(job);
    const ran: string[] = [];
    const alive = () => true;
    const onJob = async ({ id }: { id: string }) => ran.push(id) > 0;
    for (let number = 0; number < 3000; number += 1) {
      github.runners.add({
        ...{ name: `r${number}`, id: `${number}`, scope: group, labels: ['GPU', 'x64'], state: 'offline' },
        ...{ alive, listedAt: 0, busyFrom: 0 },
      });
      github.connect(`r${number}`, { alive, onJob });
    }
    await wait(minute);
    expect(new Set(ran).size).toBe(3000);
    expect(ran).toHaveLength(3000);
    expect(github.isAsked()).toBe(true);
  }, 30_000);
});

describe('rate limits', () => {
  it('refuse the 181st registration within a minute, until the minute is over', async () => {
    const { world, runners, answer, wait } = stage();
    await answer(runners.refusal(group));
    const all = Array.from({ length: 181 }, (_, at) => runners.register(group, `r${at}`, ['gpu']));
    const settled = Promise.allSettled(all);
    await wait(10 * second);
    const refused = (await settled).filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(1);
    const doubt = await doubtOf(runners.register(group, 'more', ['gpu']));
    expect(doubt.retryAt).toBeGreaterThan(world.time.now());
    expect(doubt.retryAt).toBeLessThanOrEqual(start + 62 * second);
    await wait(minute);
    expect(await answer(runners.register(group, 'more', ['gpu']))).toMatchObject({ kind: 'made' });
  });

  it('count an hour for each installation, apart from registrations', async () => {
    const { github, jobs, runners, answer, wait, allowance, world } = stage();
    const job = aJob();
    github.queue(job);
    await answer(jobs.job(repository, job.id));
    expect(allowance('film')).toMatchObject({ limit: 5000, remaining: 4999 });
    for (let round = 0; round < 5; round += 1) {
      const calls = Promise.allSettled(Array.from({ length: 850 }, () => jobs.job(repository, job.id)));
      await wait(61 * second);
      await calls;
    }
    expect(github.left()).toMatchObject({ '1 core': 749 });
    const rest = Promise.allSettled(Array.from({ length: 850 }, () => jobs.job(repository, job.id)));
    await wait(61 * second);
    expect((await rest).filter(({ status }) => status === 'rejected')).toHaveLength(101);
    const doubt = await doubtOf(jobs.job(repository, job.id));
    expect(doubt.retryAt).toBeGreaterThan(world.time.now() + 50 * minute);
    expect(await answer(runners.refusal('repository/studio/shading'))).toBeUndefined();
    await wait(hour);
    expect(await answer(jobs.job(repository, job.id))).toBeDefined();
  });

  it('may refuse an account for minutes, and no other', async () => {
    const { jobs, answer, world, allowance } = stage({ rateLimited: 1 });
    const doubt = await doubtOf(answer(jobs.job(repository, '1')));
    expect(doubt.retryAt).toBeGreaterThan(world.time.now() + 30 * second);
    expect(allowance('studio')).toBeUndefined();
  });
});

describe('deliveries', () => {
  it('that are not taken are listed newest first, in pages, and sent again on request', async () => {
    let isUp = false;
    const { github, deliveries, answer, wait, delivered } = stage({}, async () => isUp);
    for (let at = 0; at < 150; at += 1) github.queue(aJob());
    await wait(minute);
    const first = await answer(deliveries.page());
    const second = await answer(deliveries.page(first?.next));
    const attempts = [...(first?.attempts ?? []), ...(second?.attempts ?? [])];
    expect([first?.attempts.length, second?.attempts.length, second?.next]).toEqual([100, 50, undefined]);
    expect(attempts.every(({ hasArrived }) => !hasArrived)).toBe(true);
    expect(attempts.map(({ at }) => at)).toEqual(attempts.map(({ at }) => at).toSorted((a, b) => b - a));
    expect(new Set(attempts.map(({ guid }) => guid)).size).toBe(150);
    const [one] = attempts;
    expect(BigInt(one?.id ?? 0)).toBeGreaterThan(2n ** 53n);
    isUp = true;
    await answer(deliveries.redeliver(one?.id ?? ''));
    await wait(10 * 1000);
    const again = await answer(deliveries.page());
    expect(again?.attempts[0]).toMatchObject({ guid: one?.guid, hasArrived: true });
    expect(delivered.at(-1)?.body).toBe(delivered.find(({ guid }) => guid === one?.guid)?.body);
    await answer(deliveries.redeliver('12'));
    // The jobs end after a day, and what tells that is kept for three.
    await wait(98 * hour);
    expect((await answer(deliveries.page()))?.attempts).toEqual([]);
  });

  it('fail when the webhook does not answer within ten seconds', async () => {
    const { github, deliveries, answer, wait } = stage({}, () => new Promise<boolean>(() => undefined));
    github.queue(aJob());
    await wait(20 * second);
    expect((await answer(deliveries.page()))?.attempts).toMatchObject([{ hasArrived: false }]);
  });

  it('are lost, late and the newest first, or repeated', async () => {
    const lost = stage({ deliveryLost: 1 });
    for (let at = 0; at < 40; at += 1) lost.github.queue(aJob());
    await lost.wait(minute);
    expect(lost.delivered).toEqual([]);
    const listed = (await lost.answer(lost.deliveries.page()))?.attempts.length ?? 0;
    expect(listed).toBeGreaterThan(20);
    expect(listed).toBeLessThan(40);

    const late = stage({ deliveryLate: 1 });
    const some = [aJob(), aJob(), aJob()];
    for (const job of some) late.github.queue(job);
    await late.wait(20 * second);
    expect(late.delivered).toEqual([]);
    await late.wait(10 * minute);
    expect(late.delivered.map(({ about }) => about)).toEqual(some.map(({ id }) => `queued ${id}`).reverse());

    const twice = stage({ deliveryTwice: 1 });
    twice.github.queue(aJob());
    await twice.wait(10 * minute);
    expect(twice.delivered).toHaveLength(2);
    expect(new Set(twice.delivered.map(({ guid }) => guid)).size).toBe(1);
  });
});

describe('faults', () => {
  it('steal: our runner runs a job of nobody here, and our job runs elsewhere', async () => {
    const all = stage({ thief: 1 });
    const { github, facts, wait } = all;
    for (let at = 0; at < 8; at += 1) await aRunner(all, `ours-${at}`);
    const [stolen] = [...github.jobs.values()];
    expect(stolen).toMatchObject({ made: 'thief', repository: 'film/unheard-of' });
    expect(stolen?.runner).toMatch(/^ours-/);
    for (let at = 0; at < 20; at += 1) github.queue(aJob());
    await wait(20 * minute);
    const elsewhere = [...github.jobs.values()].filter((job) => job.elsewhere);
    expect(elsewhere.length).toBeGreaterThan(3);
    expect(elsewhere[0]).toMatchObject({ state: 'done', outcome: 'success' });
    expect(facts()).toContainEqual(
      expect.objectContaining({ runner: elsewhere[0]?.runner, phase: 'running' }),
    );
  });

  it('answer 502 before or after the effect, or not at all', async () => {
    const { runners, answer, github } = stage({ github: 0.3 });
    const words = new Set<string>();
    let made = 0;
    for (let at = 0; at < 60; at += 1) {
      const said = await answer(runners.register(group, `r${at}`, ['gpu'])).catch(String);
      if (typeof said === 'string') words.add(said.replace(/.*(no answer|answer lost|502).*/, '$1'));
      else made += 1;
    }
    expect([...words].sort()).toEqual(['502', 'answer lost', 'no answer']);
    expect(github.runners.size).toBeGreaterThan(made);
  });

  it('delete the registration of a busy runner all the same, which then shows as idle', async () => {
    const all = stage({ staleBusy: true });
    const { github, runners, answer, wait } = all;
    const outcomes = new Set<string>();
    for (let at = 0; at < 12; at += 1) {
      const { runnerId } = await aRunner(all, `r${at}`);
      github.queue(aJob({ runMs: hour }));
      await wait(5 * second);
      outcomes.add(await answer(runners.remove(group, { name: `r${at}`, id: runnerId })));
    }
    expect([...outcomes].sort()).toEqual(['busy', 'deleted']);
    expect((await answer(runners.list(group, 'r'))).some(({ busy }) => !busy)).toBe(true);
    expect([...github.jobs.values()].every(({ state }) => state === 'running')).toBe(true);
  });

  it('uninstall the App: no tokens and no deliveries for a while', async () => {
    const { github, jobs, answer, wait, delivered } = stage();
    github.uninstall('film', 10 * minute);
    const job = aJob();
    github.queue(job);
    const doubt = await doubtOf(answer(jobs.job(repository, job.id)));
    expect(doubt.message).toContain('the App lacks actions: read in film:');
    await wait(11 * minute);
    expect(delivered).toEqual([]);
    expect(await answer(jobs.job(repository, job.id))).toMatchObject({ status: 'queued' });
  });

  it('delete a repository: nothing of it is known any more', async () => {
    const { github, jobs, answer, wait, delivered } = stage();
    const job = aJob();
    github.queue(job);
    await wait(10 * second);
    expect(await answer(jobs.job(repository, job.id))).toBeDefined();
    github.deleteRepository(repository);
    await wait(10 * second);
    const doubt = await doubtOf(answer(jobs.job(repository, job.id)));
    expect(doubt.message).toContain('the App lacks actions: read in film/color');
    expect(delivered).toHaveLength(1);
  });

  it('leave out the end of a list', async () => {
    const { runners, answer } = stage({ emptyList: 1 });
    for (let at = 0; at < 10; at += 1) await answer(runners.register(group, `r${at}`, ['gpu']));
    expect((await answer(runners.list(group, 'r').catch(() => []))).length).toBeLessThan(10);
  });
});
