// What terraform-aws-github-runner, snapshot 2026-08-17, was seen to do to machines and jobs when its bundles
// ran against stand-ins: each failure by its name, and the same scene with our handlers.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createReaper } from '../../functions/reaper/reaper.ts';
import { machineTags } from '../../shared/contract/machine.ts';
import { crew } from '../functions/crew.ts';
import { callsTo, reaperPorts } from '../functions/ec2-story-cloud.ts';
import { allHasEnded, allIsWell, machinesOf, stateOf } from '../functions/ec2-story-end.ts';
import { Dead, type Peril } from '../functions/ec2-story-peril.ts';
import { type Film, film, minute } from '../functions/ec2-story-stage.ts';
import { allIsWell as macsAreWell } from '../functions/mac-story-end.ts';
import { hour, type MacFilm, macFilm } from '../functions/mac-story-stage.ts';
import { input } from '../operations/fakes.ts';
import { empty } from '../stand-ins/ec2/trouble.ts';

vi.setConfig({ testTimeout: 30_000 });

const day = 24 * hour;

let set: Film | MacFilm | undefined;
afterEach(async () => {
  await set?.close();
  set = undefined;
});

async function onEc2(): Promise<Film> {
  const made = await film();
  set = made;
  return made;
}

async function onMacs(): Promise<MacFilm> {
  const made = await macFilm();
  set = made;
  return made;
}

describe('one uninstalled organization aborts the whole scale-down, and the function reports success', () => {
  it('no: four of four machines are ended in two sweeps, and the function fails by its name', async () => {
    const one = crew({
      github: { appId: '1', installations: { film: '11', gone: '12' } },
      projects: {
        color: { repositories: ['film/color'], pools: ['gpu', 'xl'] },
        old: { repositories: ['gone/old'], pools: ['gpu'] },
      },
    });
    for (const id of ['m1', 'm2', 'm3', 'm4']) one.cloud.plant(id);
    one.github.onCall = (what) => {
      if (/\bgone\//.test(what)) throw new Error('404: the App is not installed there');
    };
    const failures = [];
    for (let nth = 0; nth < 2; nth += 1) {
      one.later(minute);
      failures.push(await one.sweep().then(() => 'success', String));
    }
    expect(one.cloud.machines.size).toBe(0);
    for (const failure of failures) expect(failure).toContain('registrations of organization gone: 404');
  });
});

describe('no maximum life: a runner that was offline and "busy" for three days survives', () => {
  it('no: it ends at the limit of its pool, though GitHub goes on to call it busy', async () => {
    const on = await onEc2();
    on.hub.queue('1', { root: true, minutes: Number.POSITIVE_INFINITY });
    await on.until('it runs', () => on.hub.begun.length === 1);
    const { end } = on.hub;
    on.hub.end = () => undefined;
    await on.until('the end of its machine', () => machinesOf(on).every(({ endedAt }) => endedAt), hour);
    expect([...on.github.runnersNow.values()]).toMatchObject([{ busy: true }]);
    on.hub.end = end;
    on.hub.end('1', 'failure');
    await allHasEnded(on);
  });

  it('no: nor does one that nobody owns any more', async () => {
    const one = crew();
    const beganAt = one.ports.clock.now();
    await one.queue('1', 'film/color');
    await one.pass();
    const id = 'memory-gpu-1-0';
    await one.claim(id);
    await one.started(id, '91');
    for (const runner of one.github.runnersNow.values()) runner.busy = true;
    await one.put({ ...(await one.builder(id)), phase: 'gone', endedAt: one.ports.clock.now() });
    for (let passed = 0; passed < 3 * day && one.cloud.machines.size > 0; passed += minute) {
      one.later(minute);
      await one.sweep();
    }
    expect(one.cloud.machines.size).toBe(0);
    // Its pool's limit: six hours for the job, and what comes before and after.
    expect(one.ports.clock.now() - beganAt).toBeLessThan(6.5 * hour);
  });
});

describe('a batch of [A cancelled, B queued] without capacity retries A and drops B', () => {
  it('no: B gets the one machine, as soon as there is one', async () => {
    const on = await onEc2();
    on.ec2.trouble.short = () => empty;
    on.hub.queue('1');
    on.hub.queue('2');
    await on.until('fleets that give nothing', () => on.ec2.fleets.length >= 2);
    on.hub.end('1', 'cancelled');
    await on.play(5 * minute);
    on.ec2.trouble.short = undefined;
    await on.until('B runs', () => on.hub.begun.length === 1);
    expect(on.hub.begun).toEqual(['2']);
    await allHasEnded(on);
    expect(machinesOf(on)).toHaveLength(1);
  });
});

describe('a lack of quota or of hosts is acknowledged, and the job is lost', () => {
  it.each([
    'VcpuLimitExceeded',
    'InsufficientHostCapacity',
    'HostLimitExceeded',
    'InsufficientFreeAddressesInSubnet',
  ])('no: a job outlives half an hour of %s of machines', async (code) => {
    const on = await onEc2();
    on.ec2.trouble.short = () => ({ code });
    on.hub.queue('1');
    await on.play(hour / 2);
    expect(machinesOf(on)).toEqual([]);
    on.ec2.trouble.short = undefined;
    await on.until('it runs', () => on.hub.begun.length === 1, hour + minute);
    await allIsWell(on, 1);
  });

  it.each(['InsufficientHostCapacity', 'HostLimitExceeded'])(
    'no: a job outlives half an hour of %s of Macs',
    async (code) => {
      const on = await onMacs();
      on.ec2.trouble.noHosts = () => ({ code });
      on.queue('1');
      await on.play(hour / 2);
      expect(on.ec2.hosts()).toEqual([]);
      on.ec2.trouble.noHosts = undefined;
      await on.until('it runs', () => on.hub.begun.length === 1, 2 * hour);
      await macsAreWell(on, 1);
    },
  );
});

describe('the same message twice starts two instances', () => {
  it('no: two dispatchers that answer one ring at the same time start one', async () => {
    const on = await onEc2();
    on.hub.queue('1');
    await on.post.arrive();
    await Promise.all([on.pass(), on.pass()]);
    await allIsWell(on, 1);
  });
});

describe('nothing is recorded before CreateFleet', () => {
  it('no: a dispatcher that dies in it has left its launch, whose one machine serves the job', async () => {
    const on = await onEc2();
    const known: number[] = [];
    on.peril = dyingAfterFleet(async () => void known.push((await stateOf(on)).launches.length));
    on.hub.queue('1');
    await on.until('a machine', () => on.actors.size === 1);
    expect(known).toEqual([1]);
    await allIsWell(on, 1);
    expect(known).toEqual([1]);
  });
});

/** Looks just before CreateFleet; dies when EC2 has started what was asked, and nobody has heard of it. */
function dyingAfterFleet(look: () => Promise<void>): Peril {
  let isDead = false;
  return {
    async around(call, work) {
      if (isDead) throw new Dead(call);
      if (!call.startsWith('createFleet')) return work();
      await look();
      await work();
      isDead = true;
      throw new Dead(call);
    },
    isOver: () => isDead,
  };
}

describe('JIT configurations are made one per second in series', () => {
  const n = 20;

  it('no: those of twenty builders are asked for at the same time', async () => {
    const { gpu, xl } = input.pools;
    const one = crew({
      pools: { gpu: { ...gpu, maximum: n }, xl },
      projects: { color: { ...input.projects.color, concurrency: n } },
    });
    for (let nth = 1; nth <= n; nth += 1) await one.queue(String(nth), 'film/color');
    await one.pass();
    let waiting = 0;
    const { promise: allHaveCome, resolve } = Promise.withResolvers<void>();
    one.github.onCall = (what) => {
      if (!what.startsWith('register')) return;
      waiting += 1;
      if (waiting === n) resolve();
      return allHaveCome;
    };
    const answers = await Promise.all([...one.cloud.machines.keys()].map((id) => one.claim(id)));
    expect(answers).toHaveLength(n);
    for (const { body } of answers) expect(body).toHaveProperty('work');
  });
});

describe('a secondary rate limit makes the function sleep for a minute, with an instance running', () => {
  it('no: the builder is told at once to ask again, and then gets its work', async () => {
    const one = crew();
    await one.queue('1', 'film/color');
    await one.pass();
    const { clock } = one.ports;
    const began = clock.now();
    one.github.doubt.set('register', began + minute);
    const { body } = await one.claim('memory-gpu-1-0');
    expect(body).toMatchObject({ next: 'wait' });
    expect(clock.now() - began).toBeLessThan(10_000);
    one.github.doubt.clear();
    one.later(minute);
    expect((await one.claim('memory-gpu-1-0')).body).toHaveProperty('work');
    expect(one.cloud.machines.size).toBe(1);
  });
});

describe('the Mac pool calls CreateFleet', () => {
  it('no: which cannot place machines on hosts; its machine comes by RunInstances', async () => {
    const on = await onMacs();
    on.queue('1');
    await on.until('it runs', () => on.hub.begun.length === 1);
    expect(on.ec2.calls).toMatchObject({ CreateFleet: 0, AllocateHosts: 1, RunInstances: 1 });
    await macsAreWell(on, 1);
  });
});

describe('deletes are fired after the handler has returned', () => {
  it('no: what the reaper ends has ended when its handler returns', async () => {
    const on = await onEc2();
    const reaper = createReaper(reaperPorts(on.ports, callsTo(on.ec2.url)));
    for (let nth = 0; nth < 30; nth += 1) on.ec2.plant({ [machineTags.installation]: 'test' });
    await reaper();
    on.later(minute);
    await reaper();
    expect(
      machinesOf(on)
        .concat(on.ec2.machines())
        .filter(({ endedAt }) => !endedAt),
    ).toEqual([]);
  });
});

describe('an unpaginated listing deletes what is in use', () => {
  it('no: machines on all pages of a list are known, and serve their jobs', async () => {
    const on = await onEc2();
    on.ec2.trouble.pageSize = 2;
    const ids = ['1', '2', '3', '4', '5', '6', '7'];
    on.temper = (nth) => (nth < ids.length ? {} : { bootMs: Number.POSITIVE_INFINITY });
    for (const id of ids) on.hub.queue(id, { minutes: 20 });
    await on.until('all run', () => on.hub.begun.length === ids.length);
    const stranger = on.ec2.plant({ [machineTags.installation]: 'test' });
    await on.play(15 * minute);
    expect(stranger.endedAt).toBeGreaterThan(0);
    await allHasEnded(on);
    expect(on.hub.begun.toSorted()).toEqual(ids);
    expect(on.actors.size).toBe(ids.length + 1);
  });
});
