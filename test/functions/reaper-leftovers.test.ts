// What machines leave behind, through the reaper's handler: disks and network cards without an owner are
// deleted when they were seen twice; those that somebody may need or has protected stay; all of it is told.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Told } from '../../shared/operations/sweep/report.ts';
import { sweep } from '../../shared/operations/sweep/sweep.ts';
import { ec2Leftovers, leftoverCalls } from '../../shared/providers/ec2/leftovers/leftovers.ts';
import type { Builder } from '../../shared/scheduler/records.ts';
import type { Belonging } from '../stand-ins/ec2/belongings.ts';
import { type Ec2StandIn, ec2StandIn } from '../stand-ins/ec2/stand-in.ts';
import { unavailable } from '../stand-ins/ec2/trouble.ts';
import { type Crew, crew } from './crew.ts';

const minute = 60_000;
const [home, abroad] = ['us-east-1', 'eu-west-1'];
const far = { region: abroad, zone: `${abroad}a` };
const ours = { 'callsheet:installation': 'test' };
const launched = { ...ours, 'callsheet:launch': 'gpu-1' };
const lists = ['DescribeVolumes', 'DescribeNetworkInterfaces'] as const;

let film: Crew;
let cloud: Ec2StandIn;
beforeEach(async () => {
  film = crew();
  const { now } = film.ports.clock;
  cloud = await ec2StandIn({ now, zones: { [home]: [`${home}a`], [abroad]: [`${abroad}a`] } });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  film.ports.leftovers = ec2Leftovers({
    calls: leftoverCalls({ endpoint: cloud.url, credentials }),
    installation: 'test',
    regions: [home, abroad],
    priceOf: () => 0.01,
  });
});
afterEach(() => cloud.close());

/** Sweeps, a minute after the one before. */
async function sweeps(n: number): Promise<void> {
  for (let nth = 0; nth < n; nth += 1) {
    film.later(minute);
    await film.sweep();
  }
}

/** Sweeps until one has looked for leftovers although none is known: while work is open that takes some. */
async function turn(): Promise<void> {
  const before = looks()[0] ?? 0;
  do await sweeps(1);
  while ((looks()[0] ?? 0) === before);
}

/** One that was made an hour ago. */
function plant(kind: Belonging['kind'], tags: Record<string, string>, at?: typeof far): Belonging {
  const thing = cloud.plantBelonging(kind, tags, at);
  thing.madeAt -= 60 * minute;
  return thing;
}

const there = () => cloud.belongings().map(({ id }) => id);
const looks = () => lists.map((name) => cloud.calls[name]);
const sights = async () => (await film.store.open.read('-leftovers')).sights.map(({ id }) => id);

/** The record of a machine. Nobody lists its provider. */
const machine = (changes: Partial<Builder> = {}): Promise<Builder> =>
  film.put<Builder>({
    kind: 'builder',
    pool: 'gpu',
    id: 'i-1',
    version: 0,
    phase: 'ready',
    provider: 'ec2',
    rung: 0,
    launch: 'gpu-1',
    launchedAt: film.ports.clock.now(),
    turn: 1,
    count: 1,
    usdPerHour: 0,
    ...changes,
  });

describe.each(['volume', 'interface'] as const)('what a machine left behind: %s', (kind) => {
  it('is deleted when it was seen twice, a minute apart, wherever it is', async () => {
    const left = [plant(kind, launched), plant(kind, ours, far)];
    const others = [plant(kind, {}), plant(kind, { 'callsheet:installation': 'tests' })];
    await turn();
    expect(there()).toHaveLength(4);
    expect(await sights()).toEqual(left.map(({ id }) => id).sort());
    await sweeps(1);
    expect(there()).toEqual(others.map(({ id }) => id));
    expect(film.lines.at(-1)).toMatchObject({ 'leftovers deleted': 2 });
    await sweeps(1);
    expect(await sights()).toEqual([]);
  });

  it('stays while a machine of its launch is on record', async () => {
    const builder = await machine();
    const { id } = plant(kind, launched);
    await turn();
    await turn();
    expect(there()).toEqual([id]);
    expect(await sights()).toEqual([]);
    const now = film.ports.clock.now();
    const record = await film.builder(builder.id);
    await film.put({ ...record, phase: 'gone', endedAt: now });
    await turn();
    await sweeps(1);
    expect(there()).toEqual([]);
  });

  it('that somebody comes to own is seen anew when nobody does any more', async () => {
    const { id } = plant(kind, launched);
    await turn();
    expect(await sights()).toEqual([id]);
    const record = await machine();
    await sweeps(1);
    expect(await sights()).toEqual([]);
    await film.put({ ...record, phase: 'gone', endedAt: film.ports.clock.now() });
    await turn();
    expect(there()).toEqual([id]);
    await sweeps(1);
    expect(there()).toEqual([]);
  });

  it('stays while records of its pool cannot be read: its owner may stand there', async () => {
    const { id } = plant(kind, launched);
    await machine();
    film.store.poison('gpu', '2#builder#i-1');
    const stray = plant(kind, ours);
    for (let nth = 0; nth < 7; nth += 1) {
      film.later(minute);
      await expect(film.sweep()).rejects.toThrow('cannot be read');
    }
    expect(there()).toEqual([id]);
    expect(there()).not.toContain(stray.id);
  });

  it('stays when it is protected, and each sweep looks for it as long as it does', async () => {
    const { id } = plant(kind, { ...ours, 'callsheet:protect': 'no' });
    await turn();
    const before = looks();
    await sweeps(30);
    expect(there()).toEqual([id]);
    expect(looks()).toEqual(before.map((calls) => calls + 2 * 30));
  });
});

describe('a sweep', () => {
  it('tells each decision with its reason, and what has no owner', async () => {
    await machine();
    const [owned, stray] = [plant('volume', launched), plant('interface', ours, far)];
    const kept = plant('volume', { ...ours, 'callsheet:protect': '' });
    const young = cloud.plantBelonging('volume', ours);
    await turn();
    film.later(minute);
    const told: Told[] = [];
    const { unowned, counts } = await sweep(film.ports, (decision) => void told.push(decision));
    const of = ({ id }: Belonging) => told.filter((decision) => decision.id === id);
    expect(of(owned)).toEqual([
      expect.objectContaining({
        what: 'volume',
        decision: 'leave',
        pool: 'gpu',
        why: expect.stringContaining('i-1'),
      }),
    ]);
    expect(of(stray)).toMatchObject([{ what: 'interface', decision: 'end' }]);
    expect(of(kept)).toMatchObject([{ decision: 'leave' }]);
    expect(of(young)).toMatchObject([{ decision: 'leave' }]);
    expect(counts).toEqual({ 'leftovers deleted': 1 });
    const now = film.ports.clock.now();
    const since = now - minute;
    expect(unowned).toHaveLength(3);
    expect(unowned).toEqual(
      expect.arrayContaining([
        { kind: 'interface', id: stray.id, place: abroad, since, usdPerHour: 0 },
        { kind: 'volume', id: kept.id, place: home, since: kept.madeAt, usdPerHour: 0.01, protected: true },
        { kind: 'volume', id: young.id, place: home, since: young.madeAt, usdPerHour: 0.01 },
      ]),
    );
  });
});

describe('leftovers', () => {
  it('that are young stay: a machine may come to have them', async () => {
    const { id } = cloud.plantBelonging('volume', launched);
    await turn();
    await sweeps(3);
    expect(there()).toEqual([id]);
    await sweeps(10);
    expect(there()).toEqual([]);
  });

  it('are looked for by every fifth sweep while work is open and none is known', async () => {
    await machine();
    await turn();
    const before = looks();
    await sweeps(4);
    expect(looks()).toEqual(before);
    await sweeps(1);
    expect(looks()).toEqual(before.map((calls) => calls + 2));
  });

  it('are deleted in other regions while one does not tell, which is named', async () => {
    const near = plant('volume', ours);
    const away = plant('volume', ours, far);
    await turn();
    cloud.trouble.refuse = ({ region, operation }) =>
      region === abroad && operation === 'DescribeVolumes' ? unavailable : undefined;
    film.later(minute);
    await expect(film.sweep()).rejects.toThrow(`leftovers in ${abroad}: `);
    expect(there()).toEqual([away.id]);
    expect(await sights()).toEqual([near.id, away.id].sort());
    cloud.trouble.refuse = undefined;
    await sweeps(1);
    expect(there()).toEqual([]);
    await sweeps(1);
    expect(await sights()).toEqual([]);
  });

  it('that cannot be deleted are named, and hold up no others', async () => {
    const [first, second] = [plant('volume', ours), plant('volume', ours)];
    await turn();
    first.machine = cloud.plant(ours);
    cloud.trouble.refuse = ({ operation, nth }) =>
      operation === 'DeleteVolume' && nth === 1 ? { code: 'UnauthorizedOperation' } : undefined;
    film.later(minute);
    await expect(film.sweep()).rejects.toThrow(`volume ${second.id} in ${home}`);
    await sweeps(1);
    expect(there()).toContain(first.id);
    expect(there()).not.toContain(second.id);
  });

  it('are deleted a hundred at a time', async () => {
    for (let nth = 0; nth < 150; nth += 1) plant('volume', ours);
    await turn();
    await sweeps(1);
    expect(there()).toHaveLength(50);
    await sweeps(1);
    expect(there()).toEqual([]);
  });

  it('of a pool that left the configuration are judged by its records', async () => {
    const { gpu: _, ...pools } = film.ports.config.pools;
    await machine({ pool: 'old', launch: 'old-3' });
    const kept = plant('volume', { ...ours, 'callsheet:launch': 'old-3' });
    const left = plant('volume', { ...ours, 'callsheet:launch': 'old-4' });
    film.ports.config.pools = pools;
    await turn();
    await sweeps(1);
    expect(there()).toContain(kept.id);
    expect(there()).not.toContain(left.id);
  });
});
