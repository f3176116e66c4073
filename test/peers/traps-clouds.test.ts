// Traps that peers have fallen into: what clouds do that nobody expects. Each by its name, in a scene with
// our handlers, or in our templates.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { crew } from '../functions/crew.ts';
import { ec2Crew, instance, runnerOf } from '../functions/ec2-crew.ts';
import { allIsWell, machinesOf } from '../functions/ec2-story-end.ts';
import { film, minute } from '../functions/ec2-story-stage.ts';
import { allIsWell as macsAreWell } from '../functions/mac-story-end.ts';
import { hour, macFilm } from '../functions/mac-story-stage.ts';
import { machinesConfig, propertiesOf, synthesize } from '../infra/stage.ts';

vi.setConfig({ testTimeout: 30_000 });

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** It is closed after its test. */
async function opened<T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> {
  const made = await opening;
  closing.push(made.close);
  return made;
}

describe('EC2 says that a Mac host is available before it takes a machine', () => {
  it('the machine is asked for again, and its job is served on that host', async () => {
    const on = await opened(macFilm());
    on.ec2.hostTimes.earlyMs = 12 * minute;
    on.watch.patienceMs.beside = 6 * minute;
    on.queue('1');
    await on.until('it runs', () => on.hub.begun.length === 1, hour);
    await macsAreWell(on, 1);
  });
});

describe('a lack of quota is taken for an error, and nobody tries elsewhere', () => {
  it.each(['VcpuLimitExceeded', 'MaxSpotInstanceCountExceeded', 'MaxFleetCountExceeded'])(
    '%s of spot machines: one on demand serves the job, and the admin is told',
    async (code) => {
      const on = await opened(film());
      on.ec2.trouble.short = ({ market }) => (market === 'spot' ? { code } : undefined);
      on.hub.queue('1');
      await on.until('it runs', () => on.hub.begun.length === 1, 5 * minute);
      expect(machinesOf(on)).toMatchObject([{ market: 'on-demand' }]);
      expect(JSON.stringify(on.lines.filter(({ level }) => level === 'error'))).toContain(code);
      await allIsWell(on, 1);
    },
  );
});

describe('disks and network interfaces outlive their machines', () => {
  it('every one that a launch template makes ends with its machine', () => {
    const templates = Object.values(synthesize(machinesConfig()).regions).flatMap((region) =>
      Object.values(propertiesOf(region, 'AWS::EC2::LaunchTemplate')),
    );
    expect(templates.length).toBeGreaterThan(4);
    for (const template of templates) {
      const text = JSON.stringify(template);
      const made = text.match(/"VolumeType"|"DeviceIndex"/g)?.length ?? 0;
      expect(made).toBeGreaterThan(0);
      expect(text.match(/"DeleteOnTermination":true/g)).toHaveLength(made);
    }
  });
});

describe('a deployment leaves machines without an owner', () => {
  it('another ladder, label or name of a pool ends no machine that works, and none stays', async () => {
    const one = crew();
    await one.queue('1', 'film/color');
    await one.pass();
    const id = 'memory-gpu-1-0';
    await one.claim(id);
    await one.started(id, '91');
    await one.tell('1', { status: 'in_progress', runner: `callsheet-test-${id}-1-1` });
    const { gpu, ...others } = one.ports.config.pools;
    if (!gpu) throw new Error('no pool gpu');
    one.ports.config.pools = { ...others, graphics: { ...gpu, labels: ['graphics'] } };
    for (let nth = 0; nth < 10; nth += 1) {
      one.later(minute);
      await one.progress(id, true);
      await one.sweep();
      await one.pass();
    }
    expect([...one.cloud.machines.keys()]).toEqual([id]);
    await one.tell('1', { status: 'completed', conclusion: 'success' });
    for (let nth = 0; nth < 5; nth += 1) {
      one.later(minute);
      one.rings.length = 0;
      await one.sweep();
      for (const pool of one.rings.splice(0)) await one.pass(pool);
    }
    expect(one.cloud.machines.size).toBe(0);
  });
});

describe('of several spot machines that are taken back, one job is run again', () => {
  it('all jobs of the run that lost theirs are, by one request', async () => {
    const one = ec2Crew({ rerunLost: 1 });
    const machines = [instance(), instance('memory-gpu-1-1')];
    for (const id of ['1', '2'])
      await one.queue(id, 'film/color', { runId: '9' }, { status: 'in_progress', attempt: 1 });
    await one.pass();
    for (const [nth, machine] of machines.entries()) {
      await one.claim(machine);
      await one.tell(String(nth + 1), { status: 'in_progress', runner: runnerOf(machine) });
    }
    for (const [nth, machine] of machines.entries()) {
      await one.warns(machine);
      await one.becomes(machine, 'shutting-down');
      await one.tell(String(nth + 1), { status: 'completed', conclusion: 'failure' });
    }
    await one.pass();
    one.github.events.set('9', { ...one.github.events.get('9'), status: 'completed' });
    for (let nth = 0; nth < 5; nth += 1) {
      one.later(minute);
      await one.sweep();
      await one.pass();
    }
    expect(one.github.reruns).toEqual(['9']);
    expect(one.lines).toContainEqual(expect.objectContaining({ unit: 'rerun', run: '9', jobs: ['1', '2'] }));
  });
});
