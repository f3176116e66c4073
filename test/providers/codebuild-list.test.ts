// The provider `codebuild` lists, looks at and stops builds: never half a list, and pages rather than builds.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Doubt, type Silence } from '../../shared/scheduler/ports.ts';
import { type Operation, throttled, unavailable } from '../stand-ins/codebuild/trouble.ts';
import { minute, project, type Stage, stage } from './codebuild-stage.ts';

const other = 'callsheet-studio-gpu-large';
const undeployed = 'callsheet-studio-new-small';

let at: Stage;
beforeEach(async () => {
  at = await stage([project, other, undeployed], [project, other]);
});
afterEach(() => at.close());

/** Ends the builds with these places in the order of their start. */
function endBuilds(from: number, to: number): void {
  for (const { id } of at.cloud.builds().slice(from, to)) at.cloud.end(id, 'SUCCEEDED');
}

describe('provider codebuild, listing', () => {
  it('lists what runs on all pages, whichever project it is in', async () => {
    const ids = at.crowd(250);
    at.cloud.plant(other, { CALLSHEET_BUILDER: 'cb-gpu-1-0', CALLSHEET_LAUNCH: 'gpu-1' });
    endBuilds(0, 40);
    expect(await at.ids()).toEqual([...ids.slice(40), 'cb-gpu-1-0'].sort());
  });

  it('throws when any page, or any read, is refused for good, and misses nothing afterwards', async () => {
    const ids = at.crowd(250).sort();
    at.clock.now += 20 * minute;
    for (const operation of ['ListBuildsForProject', 'BatchGetBuilds']) {
      const provider = at.fresh();
      const before = { ...at.cloud.calls };
      at.cloud.trouble.refuse = (called, nth) =>
        called === operation && nth > before[called] + 2 ? unavailable : undefined;
      await expect(provider.list()).rejects.toThrow(Doubt);
      at.cloud.trouble.refuse = undefined;
      expect(await at.ids(provider)).toEqual(ids);
    }
  });

  it.each([throttled, { code: 'InvalidInputException' }, { code: 'BrandNewException' }])(
    'throws at $code rather than list nothing',
    async (refusal) => {
      at.cloud.trouble.refuse = () => refusal;
      await expect(at.provider.list()).rejects.toThrow(Doubt);
    },
  );

  it('has no builds in a project that is not there, and says so', async () => {
    expect(await at.ids()).toEqual([]);
    expect(at.spent()).toEqual({ ListBuildsForProject: 3 });
  });

  it('costs pages, not builds: a thousand, of which nine hundred are over', async () => {
    const ids = at.crowd(1000);
    endBuilds(0, 900);
    at.clock.now += 20 * minute;
    const open = ids.slice(900).sort();
    const sweep = async () => {
      expect(await at.ids()).toEqual(open);
      return at.spent();
    };
    const figures = { cold: await sweep(), warm: await sweep() };
    console.log('a sweep of 1,000 builds in 3 projects:', JSON.stringify(figures));
    expect(figures.cold).toEqual({ ListBuildsForProject: 12, BatchGetBuilds: 10 });
    expect(figures.warm).toEqual({ ListBuildsForProject: 3, BatchGetBuilds: 1 });
  });

  it('reads on while builds are young: a list may show one late, behind others that are known', async () => {
    const ids = at.crowd(151).sort();
    at.cloud.trouble.unlisted = [at.cloud.builds()[0]?.id ?? ''];
    expect(await at.ids()).toHaveLength(150);
    at.cloud.trouble.unlisted = undefined;
    expect(await at.ids()).toEqual(ids);
  });

  it('knows at once what it has started, also while lists and reads are late', async () => {
    at.cloud.trouble.listedAfterMs = minute;
    at.cloud.trouble.readAfterMs = minute;
    const { started } = await at.provider.launch(at.launch(2));
    expect(await at.ids()).toEqual([...started].sort());
    expect(await at.provider.look(started[0] ?? '')).toMatchObject({ id: started[0] });
    expect(await at.ids(at.fresh())).toEqual([]);
    at.clock.now += minute;
    expect(await at.ids(at.fresh())).toEqual([...started].sort());
  });

  it('reads no further than builds can live', async () => {
    at.crowd(300);
    endBuilds(0, 300);
    at.clock.now += 46 * 60 * minute;
    const { started } = await at.provider.launch(at.launch(1));
    at.spent();
    expect(await at.ids(at.fresh())).toEqual(started);
    expect(at.spent()).toEqual({ ListBuildsForProject: 3, BatchGetBuilds: 1 });
  });

  it('tells when a build has left the queue, and not before', async () => {
    at.cloud.trouble.room = 1;
    const launch = at.launch(2);
    const { started } = await at.provider.launch(launch);
    const [runs = '', waits = ''] = started;
    const began = at.clock.now;
    at.clock.now += 2 * minute;
    const facts = async () => new Map((await at.fresh().list()).map((sighting) => [sighting.id, sighting]));
    expect((await facts()).get(runs)).toEqual({
      id: runs,
      launch: launch.id,
      startedAt: began,
      provisionedAt: began,
    });
    expect((await facts()).get(waits)).toEqual({ id: waits, launch: launch.id, startedAt: began });
    at.cloud.end(at.cloud.builds()[0]?.id ?? '', 'SUCCEEDED');
    expect(await facts()).toEqual(
      new Map([[waits, { id: waits, launch: launch.id, startedAt: began, provisionedAt: at.clock.now }]]),
    );
    expect((await at.provider.look(waits))?.provisionedAt).toBe(at.clock.now);
  });

  it('no longer lists a build whose time in the queue is over', async () => {
    at.cloud.trouble.queueMs = 60 * minute;
    await at.provider.launch(at.launch(1));
    at.clock.now += 15 * minute;
    expect(await at.ids()).toEqual([]);
    expect(at.cloud.builds()[0]?.status).toBe('TIMED_OUT');
  });
});

describe('provider codebuild, listing what tells', () => {
  /** Is silent from now on, for the operation. */
  const hush = (operation: Operation, project: string): void => {
    at.cloud.trouble.refuse = (called, _, body) =>
      called === operation && body.includes(project) ? unavailable : undefined;
  };
  const gpu = 'cb-gpu-1-0';
  const silences: Silence[] = [];
  const shown = async (provider = at.provider) => {
    silences.length = 0;
    return (await provider.list((silence) => silences.push(silence))).map(({ id }) => id).sort();
  };
  const places = () => silences.map(({ place }) => place).sort();

  it.each(['ListBuildsForProject', 'BatchGetBuilds'] as const)(
    'hides a project whole of which %s is refused, also builds that it knows',
    async (operation) => {
      at.cloud.plant(other, { CALLSHEET_BUILDER: gpu, CALLSHEET_LAUNCH: 'gpu-1' });
      const ids = at.crowd(120).sort();
      expect(await shown()).toEqual([gpu, ...ids].sort());
      expect(silences).toEqual([]);
      hush(operation, other);
      // CodeBuild is asked about a hundred builds at a time, of several projects.
      const hidden = operation === 'BatchGetBuilds' ? [gpu, ...ids] : [gpu];
      expect((await shown()).some((id) => hidden.includes(id))).toBe(false);
      expect(places()).toContain(`project ${other}`);
      expect(await shown(at.fresh())).toEqual(ids);
      expect(places()).toEqual([`project ${other}`]);
      at.cloud.trouble.refuse = undefined;
      expect(await shown()).toEqual([gpu, ...ids].sort());
    },
  );

  it('says what may be in the project that does not tell: all sizes of the pool, and strangers', async () => {
    hush('ListBuildsForProject', other);
    await shown();
    const hides = (id: string) => silences.map((silence) => silence.hides({ id }));
    expect(hides(gpu)).toEqual([true]);
    expect(hides('cb-12345678-1234-1234-1234-123456789abc')).toEqual([true]);
    expect(hides('cb-linux-1-0')).toEqual([false]);
    expect(silences[0]?.why).toContain('ServiceUnavailableException');
  });
});

describe('provider codebuild, builds that were started by hand', () => {
  it('lists them without a launch, under a name that the reaper can end them by', async () => {
    const lies: Record<string, string>[] = [
      {},
      { CALLSHEET_BUILDER: 'cb-linux-1-0' },
      { CALLSHEET_BUILDER: 'cb-linux-1-0', CALLSHEET_LAUNCH: 'linux-2' },
      { CALLSHEET_BUILDER: '../x', CALLSHEET_LAUNCH: 'linux-1' },
    ];
    const names = lies.map((variables) => `cb-${at.cloud.plant(project, variables).id.split(':')[1]}`).sort();
    const listed = await at.provider.list();
    expect(listed.map(({ id }) => id).sort()).toEqual(names);
    for (const { id, launch } of listed) {
      expect(id).toMatch(/^[a-z0-9-]{1,40}$/);
      expect(launch).toBeUndefined();
    }
    expect(await at.fresh().look(names[0] ?? '')).toMatchObject({ id: names[0] });
    expect(await at.fresh().stop(names)).toEqual({ failed: [] });
    expect(await at.ids()).toEqual([]);
  });

  it('lists a builder once whose build was retried by hand, and stops both', async () => {
    const [id = ''] = at.crowd(1);
    at.crowd(1);
    expect(await at.ids()).toEqual([id]);
    expect(await at.fresh().stop([id])).toEqual({ failed: [] });
    expect(at.cloud.builds().map(({ status }) => status)).toEqual(['STOPPED', 'STOPPED']);
  });
});

describe('provider codebuild, stopping', () => {
  it('succeeds for what is absent, over, or no id of ours, and asks nothing it need not', async () => {
    const { started } = await at.provider.launch(at.launch(2));
    endBuilds(0, 1);
    at.spent();
    const ids = ['cb-linux-1-0', 'cb-nopool-1-0', 'local-linux-1-0', '../nobody', '', ...started, ...started];
    expect(await at.provider.stop(ids)).toEqual({ failed: [] });
    expect(at.spent()).toEqual({ ListBuildsForProject: 1, StopBuild: 2 });
    expect(at.cloud.builds().map(({ status }) => status)).toEqual(['SUCCEEDED', 'STOPPED']);
    expect(await at.provider.stop(started)).toEqual({ failed: [] });
    expect(at.spent()).toEqual({});
  });

  it('names what it could not stop, and stops the rest', async () => {
    const { started } = await at.provider.launch(at.launch(3));
    at.cloud.trouble.refuse = (operation, nth) =>
      operation === 'StopBuild' && nth === 2 ? { code: 'InvalidInputException' } : undefined;
    const { failed } = await at.provider.stop(started);
    expect(failed).toHaveLength(1);
    at.cloud.trouble.refuse = undefined;
    expect(await at.ids()).toEqual(failed);
    expect(await at.provider.stop(failed)).toEqual({ failed: [] });
    expect(await at.ids()).toEqual([]);
  });

  it('has stopped what was over when CodeBuild refused', async () => {
    const { started } = await at.provider.launch(at.launch(1));
    endBuilds(0, 1);
    at.cloud.trouble.refuse = (operation) =>
      operation === 'StopBuild' ? { code: 'InvalidInputException' } : undefined;
    expect(await at.provider.stop(started)).toEqual({ failed: [] });
  });

  it('fails for those whose project cannot be read, and stops the others', async () => {
    at.cloud.plant(other, { CALLSHEET_BUILDER: 'cb-gpu-1-0', CALLSHEET_LAUNCH: 'gpu-1' });
    const { started } = await at.provider.launch(at.launch(1));
    at.cloud.trouble.refuse = (operation) => (operation === 'ListBuildsForProject' ? unavailable : undefined);
    expect(await at.provider.stop(['cb-gpu-1-0', ...started])).toEqual({ failed: ['cb-gpu-1-0'] });
    await expect(at.provider.look('cb-gpu-1-0')).rejects.toThrow(Doubt);
    at.cloud.trouble.refuse = undefined;
    expect(await at.ids()).toEqual(['cb-gpu-1-0']);
  });

  it('reads a project once for builders that are stopped side by side', async () => {
    const ids = at.crowd(250).slice(0, 10);
    const cold = at.fresh();
    at.spent();
    const ends = await Promise.all(ids.map((id) => cold.stop([id])));
    expect(ends.flatMap(({ failed }) => failed)).toEqual([]);
    expect(at.spent()).toMatchObject({ ListBuildsForProject: 3, BatchGetBuilds: 3, StopBuild: 10 });
  });

  it('finds and stops a hundred builders of a cold start by pages', async () => {
    const ids = at.crowd(150);
    at.spent();
    expect(await at.provider.stop(ids)).toEqual({ failed: [] });
    expect(at.spent()).toEqual({ ListBuildsForProject: 2, BatchGetBuilds: 2, StopBuild: 150 });
    expect(await at.ids()).toEqual([]);
  });
});
