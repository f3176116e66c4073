// Hosts over the wire: allocated once, with words for what is missing, and never half a list.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { standardLimits } from '../../shared/scheduler/limits.ts';
import { Doubt, type Silence } from '../../shared/scheduler/ports.ts';
import { noHosts, type Operation, type Refusal, throttled, unavailable } from '../stand-ins/ec2/trouble.ts';
import { abroad, home, minute } from './ec2-stage.ts';
import { hostOf, hostTags, key, type MacStage, macStage } from './mac-stage.ts';

const day = 24 * 60 * minute;

let at: MacStage;
beforeEach(async () => {
  at = await macStage();
});
afterEach(() => at.close());

const refuse = (on: Operation, refusal: Refusal | undefined) => {
  at.cloud.trouble.refuse = ({ operation }) => (operation === on ? refusal : undefined);
};
const lose = (on: Operation | undefined) => {
  at.cloud.trouble.lose = ({ operation }) => operation === on;
};

describe('allocating', () => {
  it('gets one host for the machines that name it, tagged as ours', async () => {
    const record = hostOf(at, { offering: key(`${abroad}b`, 'mac-m4.metal'), usdPerHour: 1.3 });
    const { host, faults } = await at.hosts.allocate(record);
    expect(faults).toEqual([]);
    expect(at.spent()).toEqual({ AllocateHosts: 1, DescribeHosts: 1 });
    const [there] = at.cloud.hosts();
    expect(there).toMatchObject({
      region: abroad,
      zone: `${abroad}b`,
      type: 'mac-m4.metal',
      tags: { ...hostTags, 'callsheet:launch': record.id },
    });
    expect(host).toEqual({
      hostId: there?.id,
      id: record.id,
      state: 'available',
      allocatedAt: at.clock.now,
      instances: [],
      offering: record.offering,
      usdPerHour: 1.3,
    });
  });

  it('has its host also where EC2 does not show it yet, and says that its state is unknown', async () => {
    at.cloud.trouble.shownAfterMs = minute;
    const { host } = await at.hosts.allocate(hostOf(at));
    expect(host).toMatchObject({ state: 'unknown', allocatedAt: at.clock.now });
    refuse('DescribeHosts', unavailable);
    expect((await at.hosts.allocate(hostOf(at))).host).toMatchObject({ state: 'unknown' });
    expect(at.cloud.hosts()).toHaveLength(2);
  });

  it('finds the host of a lost answer, by its token or by its tag', async () => {
    const record = hostOf(at);
    lose('AllocateHosts');
    await expect(at.hosts.allocate(record)).rejects.toThrow(Doubt);
    lose(undefined);
    at.spent();
    const { host } = await at.fresh().hosts.allocate(record, true);
    expect(host).toMatchObject({ hostId: at.cloud.hosts()[0]?.id, usdPerHour: 0.65 });
    expect(at.spent().AllocateHosts).toBeUndefined();
    expect(await at.hosts.allocate(record)).toEqual({ host, faults: [] });
    expect(await at.hosts.allocate({ ...record, offering: key(`${home}b`) })).toEqual({ host, faults: [] });
    expect(at.cloud.hosts()).toHaveLength(1);
    await at.hosts.allocate({ ...record, askedAt: record.askedAt + 5 * minute });
    expect(at.cloud.hosts()).toHaveLength(2);
  });

  it('takes no host of an older table, or of others, for its own', async () => {
    const record = hostOf(at, { askedAt: at.clock.now + 10 * minute });
    at.cloud.plantHost({ ...hostTags, 'callsheet:launch': record.id });
    at.cloud.plantHost({ ...hostTags, 'callsheet:launch': record.id, 'callsheet:installation': 'other' });
    at.clock.now += 12 * minute;
    await at.hosts.allocate(record, true);
    expect(at.cloud.hosts()).toHaveLength(3);
  });

  it('doubts for a minute while none shows, then asks with the same token', async () => {
    at.cloud.trouble.shownAfterMs = 3 * minute;
    const record = hostOf(at);
    lose('AllocateHosts');
    await expect(at.hosts.allocate(record)).rejects.toThrow(Doubt);
    lose(undefined);
    at.clock.now += minute - 1;
    await expect(at.hosts.allocate(record, true)).rejects.toThrow('may not show it yet');
    at.clock.now += 1;
    expect((await at.hosts.allocate(record, true)).host?.hostId).toBe(at.cloud.hosts()[0]?.id);
    expect(at.cloud.hosts()).toHaveLength(1);
  });

  it('is asked again in time by a planner that asks each minute', () => {
    expect(at.hosts.tokenLifeMs - standardLimits.tokenMarginMs).toBeGreaterThanOrEqual(
      minute + 1.5 * standardLimits.sweepMs,
    );
  });

  it.each<[string, Refusal, string, string, string | undefined]>([
    [
      'HostLimitExceeded',
      { code: 'HostLimitExceeded' },
      'quota',
      'L-5D8DADF5',
      `${home}/on-demand/quota/mac2`,
    ],
    ['an empty zone', noHosts, 'capacity', `EC2 has no hosts for mac2.metal in ${home}a`, key(`${home}a`)],
    [
      'a zone without such Macs',
      { code: 'UnsupportedHostConfiguration' },
      'invalid',
      'leave the family or the zone out',
      key(`${home}a`),
    ],
    [
      'an unsupported family',
      { code: 'InvalidHostConfiguration' },
      'invalid',
      'leave the family',
      key(`${home}a`),
    ],
    ['missing rights', { code: 'UnauthorizedOperation' }, 'invalid', 'cdk deploy', undefined],
    ['throttling', throttled, 'throttled', 'fewer calls', undefined],
    ['an unknown code', { code: 'BrandNewError' }, 'capacity', 'unknown code BrandNewError', undefined],
  ])('says at %s what is empty, and what to do', async (_, refusal, kind, words, shelf) => {
    refuse('AllocateHosts', refusal);
    const { host, faults } = await at.hosts.allocate(hostOf(at));
    expect(host).toBeUndefined();
    expect(faults).toMatchObject([{ kind, why: expect.stringContaining(words) }]);
    expect(faults[0]?.shelves).toEqual(shelf && [shelf]);
    expect(faults[0]?.unknown).toBe(words.startsWith('unknown') ? true : undefined);
  });

  it('names the page where a quota is raised, before what EC2 says', async () => {
    at.cloud.trouble.hostQuotas = { 'mac-m4': 0 };
    const { faults } = await at.hosts.allocate(hostOf(at, { offering: key(`${home}a`, 'mac-m4.metal') }));
    const why = faults[0]?.why ?? '';
    const link = `https://console.aws.amazon.com/servicequotas/home/services/ec2/quotas/L-2CBA8B92`;
    expect(why).toContain('new accounts have 0');
    expect(why).toContain("EC2 says HostLimitExceeded: The number of Dedicated hosts you've requested");
    // Texts are cut at 400 characters.
    expect(why.indexOf(link) + link.length).toBeLessThan(300);
  });

  it.each([unavailable, { code: 'RequestExpired' }])('doubts at $code, and asks once', async (refusal) => {
    refuse('AllocateHosts', refusal);
    await expect(at.hosts.allocate(hostOf(at))).rejects.toThrow(refusal.code);
    await expect(at.hosts.allocate(hostOf(at))).rejects.toThrow(Doubt);
    expect(at.spent()).toEqual({ AllocateHosts: 2 });
  });

  it('refuses a record whose offering is none', async () => {
    expect(await at.hosts.allocate(hostOf(at, { offering: 'mac2' }))).toEqual({
      faults: [{ kind: 'invalid', why: expect.stringContaining("'mac2', which is no offering") }],
    });
  });
});

describe('listing and looking', () => {
  it('shows all of ours in all regions, with machines, states and prices, also released ones', async () => {
    const near = at.host();
    const far = at.cloud.plantHost(
      { ...hostTags, 'callsheet:launch': 'mac-9' },
      { region: abroad, zone: `${abroad}a` },
    );
    at.cloud.plantHost({ ...hostTags, 'callsheet:installation': 'other' });
    at.cloud.plantHost();
    const old = at.cloud.plantHost(hostTags, { type: 'mac-x9.metal' });
    at.clock.now += day;
    await at.hosts.release({ hostId: old.id, offering: key(`${home}a`) });
    const { started } = await at.provider.launch(at.launch(near));
    const listed = new Map((await at.hosts.list()).map((host) => [host.hostId, host]));
    expect([...listed.keys()].sort()).toEqual([near.hostId, far.id, old.id].sort());
    expect(listed.get(near.hostId)).toEqual({
      hostId: near.hostId,
      state: 'available',
      allocatedAt: at.clock.now - day,
      instances: started,
      offering: near.offering,
      usdPerHour: 0.65,
    });
    expect(listed.get(far.id)).toMatchObject({ id: 'mac-9', offering: key(`${abroad}a`) });
    expect(listed.get(old.id)).toMatchObject({ state: 'released', usdPerHour: 0 });
  });

  it.each([
    'pending',
    'configuring',
    'under-assessment',
    'permanent-failure',
    'released-permanent-failure',
  ] as const)('knows the state %s', async (state) => {
    const { hostId, offering } = at.host();
    at.cloud.setHostState(hostId, state);
    expect(await at.hosts.look({ hostId, offering })).toMatchObject({ hostId, state });
  });

  it('reads any number of pages, and throws with the region rather than answer half a list', async () => {
    const ids = Array.from({ length: 12 }, () => at.host().hostId).sort();
    at.cloud.trouble.pageSize = 5;
    expect((await at.hosts.list()).map(({ hostId }) => hostId).sort()).toEqual(ids);
    let pages = 0;
    at.cloud.trouble.refuse = ({ operation, region }) => {
      if (operation !== 'DescribeHosts' || region !== home) return undefined;
      pages += 1;
      return pages > 2 ? unavailable : undefined;
    };
    const list = at.hosts.list();
    await expect(list).rejects.toThrow(Doubt);
    await expect(list).rejects.toThrow(`hosts of EC2 in ${home} cannot be read`);
  });

  it('names a region that does not tell, and lists the others', async () => {
    const near = at.host();
    const far = at.host(`${abroad}a`);
    at.cloud.trouble.refuse = ({ region }) => (region === abroad ? unavailable : undefined);
    const silences: Silence[] = [];
    const hosts = await at.hosts.list((silence) => silences.push(silence));
    expect(hosts.map(({ hostId }) => hostId)).toEqual([near.hostId]);
    expect(silences).toMatchObject([{ place: abroad, why: expect.stringContaining('Unavailable') }]);
    const hides = ({ hostId: id, offering }: typeof near) => silences[0]?.hides({ id, offering });
    expect([near, far, { hostId: 'h-1', offering: 'nonsense' }].map(hides)).toEqual([false, true, true]);
  });

  it('says which ones are protected', async () => {
    const { id } = at.cloud.plantHost({ ...hostTags, 'callsheet:protect': '' });
    at.host();
    const listed = await at.hosts.list();
    expect(listed.filter((host) => host.protected).map(({ hostId }) => hostId)).toEqual([id]);
  });

  it('looks at one, answers undefined for none, and doubts when EC2 does not tell', async () => {
    const there = at.host();
    expect(await at.hosts.look(there)).toMatchObject({ hostId: there.hostId });
    at.spent();
    expect(await at.hosts.look({ ...there, hostId: '../nobody' })).toBeUndefined();
    expect(await at.hosts.look({ offering: there.offering })).toBeUndefined();
    expect(at.spent()).toEqual({});
    expect(await at.hosts.look({ ...there, hostId: 'h-0123456789abcdef0' })).toBeUndefined();
    refuse('DescribeHosts', unavailable);
    await expect(at.hosts.look(there)).rejects.toThrow(Doubt);
  });
});
