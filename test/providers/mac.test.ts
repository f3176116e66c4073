// The provider `mac` launches on hosts over the wire: nothing is doubled, and each refusal has words.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { Doubt, type Provider } from '../../shared/scheduler/ports.ts';
import { type Refusal, throttled, unavailable } from '../stand-ins/ec2/trouble.ts';
import { launchOf, providerConformance } from './conformance.ts';
import { abroad, home, installation, minute, url } from './ec2-stage.ts';
import { hostTags, key, type MacStage, macStage } from './mac-stage.ts';

providerConformance('mac', async () => {
  const { cloud, clock, provider, host, fresh, close } = await macStage();
  // Launches of the suite are asked for at time 0, and all that they have started is shown.
  clock.now = minute;
  return {
    provider,
    most: 1,
    on: () => host(),
    request: (n) => provider.request({ pool: 'linux', rung: 0, n, on: host() }),
    end: async (id) => cloud.end(id),
    breakList: async () => {
      cloud.trouble.refuse = ({ operation }) => (operation === 'DescribeInstances' ? unavailable : undefined);
    },
    hush: async () => {
      const type = 'mac2.metal';
      const shown = cloud.plant(hostTags, { type }).id;
      const hidden = cloud.plant(hostTags, { type, region: abroad, zone: `${abroad}a` }).id;
      cloud.trouble.refuse = ({ region }) => (region === abroad ? unavailable : undefined);
      return { shown, hidden, place: abroad };
    },
    loseAnswers: (lost) => {
      cloud.trouble.lose = ({ operation }) => lost && operation === 'RunInstances';
    },
    restart: async () => fresh().provider,
    close,
  };
});

let at: MacStage;
beforeEach(async () => {
  at = await macStage();
});
afterEach(() => at.close());

const refuseRuns = (refusal: Refusal | undefined) => {
  at.cloud.trouble.refuse = ({ operation }) => (operation === 'RunInstances' ? refusal : undefined);
};

describe('provider mac, launching', () => {
  it('starts one machine on its host, from the launch template, tagged, and free of cost', async () => {
    const on = at.host(`${abroad}b`);
    const launch = at.launch(on);
    const { started, faults, terms } = await at.provider.launch(launch);
    expect({ n: started.length, faults }).toEqual({ n: 1, faults: [] });
    expect(terms).toEqual({ [started[0] ?? '']: { offering: on.offering, usdPerHour: 0 } });
    expect(at.spent()).toEqual({ DescribeSubnets: 1, RunInstances: 1 });
    const tags = {
      'callsheet:installation': installation,
      'callsheet:pool': 'mac',
      'callsheet:launch': launch.id,
      'callsheet:url': url,
    };
    expect(at.cloud.machines()).toEqual([
      expect.objectContaining({
        id: started[0],
        region: abroad,
        zone: `${abroad}b`,
        type: 'mac2.metal',
        host: on.hostId,
        subnet: at.cloud.subnet(`${abroad}b`),
        template: `callsheet-${installation}-mac.on-demand`,
        image: undefined,
        resources: { instance: tags, volume: tags, 'network-interface': tags },
      }),
    ]);
  });

  it('has a token that only the same launch has', async () => {
    const [one, other] = [at.launch(), at.launch()];
    await at.provider.launch(one);
    await at.fresh().provider.launch(one);
    await at.provider.launch(other);
    const form = z.object({ ClientToken: z.string().check(z.regex(/^[0-9a-f]{64}$/)) });
    const tokens = at.cloud.runs.map((run) => form.parse(run.form).ClientToken);
    expect(tokens[1]).toBe(tokens[0]);
    expect(tokens[2]).not.toBe(tokens[0]);
    expect(at.cloud.machines()).toHaveLength(2);
  });

  it('asks for the newest image where the template has none', async () => {
    const image = { name: 'xcode-*', owner: 'self', architecture: 'arm64_mac' } as const;
    await at.close();
    at = await macStage({
      images: [{ ...image, id: 'ami-1', name: 'xcode-17', createdAt: '2026-11-01T00:00:00.000Z' }],
    });
    const { provider } = at.fresh({ imageOf: () => image });
    const asked = (on = at.host()) => launchOf(1, provider.request({ pool: 'mac', rung: 0, n: 1, on }));
    await provider.launch(asked());
    expect(at.cloud.machines()[0]?.image).toBe('ami-1');
    const none = at.fresh({ imageOf: () => ({ ...image, name: 'other' }) }).provider;
    const request = none.request({ pool: 'mac', rung: 0, n: 1, on: at.host() });
    expect(await none.launch(launchOf(1, request))).toMatchObject({
      started: [],
      faults: [{ kind: 'invalid', why: expect.stringContaining("is named 'other'") }],
    });
  });

  it('refuses in words to make a request without a host, an address, or for two', () => {
    const on = at.host();
    const request = (wanted: object) => at.provider.request({ pool: 'mac', rung: 0, n: 1, ...wanted });
    expect(() => request({})).toThrow('on a host that is named');
    expect(() => request({ on, n: 2 })).toThrow('pool mac wants 2 Macs: each starts alone');
    expect(() => request({ on: { ...on, offering: 'mac2' } })).toThrow("offering 'mac2', which is none");
    const bare = at.fresh({ url: undefined }).provider;
    expect(() => bare.request({ pool: 'mac', rung: 0, n: 1, on })).toThrow('no url');
  });

  it('refuses a request that is none of its own', async () => {
    for (const request of ['', '{}', '[]', at.launch().request.replace('"h-', '"x-')]) {
      expect(await at.provider.launch(launchOf(1, request))).toMatchObject({
        started: [],
        faults: [{ kind: 'invalid', why: expect.stringContaining('no request of ours') }],
      });
    }
    expect(at.spent()).toEqual({});
  });

  it('says which zone has no subnet, and looks again the next time', async () => {
    const launch = at.launch(at.host(`${home}c`));
    for (const _ of [1, 2]) {
      const { started, faults } = await at.provider.launch(launch);
      expect(started).toEqual([]);
      expect(faults).toEqual([
        expect.objectContaining({ kind: 'invalid', why: expect.stringContaining(`${home}c: deploy`) }),
      ]);
    }
    expect(at.spent()).toEqual({ DescribeSubnets: 2 });
  });
});

describe('provider mac, refusals', () => {
  it.each<[string, Refusal, string, string, boolean]>([
    // A host that is shown as available too early, in all words that are known.
    ['early', { code: 'InsufficientCapacityOnHost' }, 'capacity', 'takes no machine now', true],
    ['no capacity', { code: 'InsufficientInstanceCapacity' }, 'capacity', 'takes no machine now', true],
    ['a bad state', { code: 'InvalidHostState' }, 'capacity', 'takes no machine now', true],
    ['a host that is gone', { code: 'InvalidHostID.NotFound' }, 'capacity', 'any more', true],
    ['an unknown code', { code: 'BrandNewError' }, 'capacity', 'unknown code BrandNewError', false],
    ['no such image', { code: 'InvalidAMIID.NotFound' }, 'invalid', 'cdk deploy', false],
    ['no rights', { code: 'UnauthorizedOperation' }, 'invalid', 'cdk deploy', false],
    ['another macOS', { code: 'Unsupported' }, 'invalid', 'macos and families', false],
    ['a limit', { code: 'InstanceLimitExceeded' }, 'quota', 'Service Quotas', false],
    ['too many calls', throttled, 'throttled', 'fewer calls', false],
  ])(
    'by %s are a fault, which empties the host alone or the whole rung',
    async (_, refusal, kind, words, own) => {
      const on = at.host();
      refuseRuns(refusal);
      const { started, faults } = await at.provider.launch(at.launch(on));
      expect(started).toEqual([]);
      expect(faults).toMatchObject([{ kind, why: expect.stringContaining(words) }]);
      expect(faults[0]?.shelves).toEqual(own ? [`host/${on.hostId}`] : undefined);
      expect(faults[0]?.unknown).toBe(words.startsWith('unknown') ? true : undefined);
    },
  );

  it('that name the host in words which are not known are about the host', async () => {
    const on = at.host();
    refuseRuns({ code: 'InvalidParameterValue', message: `The host ${on.hostId} is not available.` });
    expect((await at.provider.launch(at.launch(on))).faults).toMatchObject([
      { kind: 'capacity', shelves: [`host/${on.hostId}`] },
    ]);
    refuseRuns({ code: 'InvalidParameterValue', message: 'The key is not available.' });
    expect((await at.provider.launch(at.launch(on))).faults).toMatchObject([{ kind: 'invalid' }]);
  });

  it('are those of EC2: a host that cleans itself, is occupied, or is available too early', async () => {
    at.cloud.hostTimes.scrubMs = 60 * minute;
    at.cloud.hostTimes.earlyMs = 5 * minute;
    const on = at.host();
    const start = async () => {
      at.clock.now += minute;
      return at.provider.launch(at.launch(on));
    };
    const refused = { started: [], faults: [{ kind: 'capacity', shelves: [`host/${on.hostId}`] }] };
    expect(await start()).toMatchObject(refused);
    at.clock.now += 5 * minute;
    const { started } = await start();
    expect(started).toHaveLength(1);
    expect(await start()).toMatchObject(refused);
    await at.provider.stop(started);
    expect(await start()).toMatchObject(refused);
    at.clock.now += 60 * minute;
    expect((await at.hosts.list())[0]?.state).toBe('available');
    expect(await start()).toMatchObject(refused);
    at.clock.now += 5 * minute;
    expect((await start()).started).toHaveLength(1);
  });

  it.each([
    ['an outage', unavailable],
    ['credentials that have ended', { code: 'RequestExpired' }],
  ])('doubts at %s, names the code, and does not repeat the call', async (_, refusal) => {
    refuseRuns(refusal);
    const answer = at.provider.launch(at.launch());
    await expect(answer).rejects.toThrow(Doubt);
    await expect(answer).rejects.toThrow(refusal.code);
    expect(at.spent().RunInstances).toBe(1);
  });
});

describe('provider mac, asked again', () => {
  const lose = (lost: boolean) => {
    at.cloud.trouble.lose = ({ operation }) => lost && operation === 'RunInstances';
  };

  it('doubts for a minute while nothing shows, then asks with the same token', async () => {
    at.cloud.trouble.shownAfterMs = 2 * minute;
    const launch = at.launch();
    lose(true);
    await expect(at.provider.launch(launch)).rejects.toThrow(Doubt);
    lose(false);
    at.clock.now += minute - 1;
    await expect(at.fresh().provider.launch(launch, true)).rejects.toThrow('may not show yet');
    at.clock.now += 1;
    const { started } = await at.fresh().provider.launch(launch, true);
    expect(started).toEqual(at.cloud.machines().map(({ id }) => id));
    expect(at.cloud.machines()).toHaveLength(1);
  });

  it('finds the machine by its tag, and asks for nothing', async () => {
    const launch = at.launch();
    lose(true);
    await expect(at.provider.launch(launch)).rejects.toThrow(Doubt);
    at.spent();
    const { started, terms } = await at.fresh().provider.launch(launch, true);
    expect(terms).toEqual({ [started[0] ?? '']: { offering: key(`${home}a`), usdPerHour: 0 } });
    expect(at.spent()).toEqual({ DescribeInstances: 1 });
  });

  it('has arrived when its machine has ended already', async () => {
    const launch = at.launch();
    const { started } = await at.provider.launch(launch);
    await at.provider.stop(started);
    expect(await at.fresh().provider.launch(launch, true)).toMatchObject({ started: [], already: true });
    expect(await at.fresh().provider.launch(launch)).toMatchObject({ started, already: true });
  });
});

describe('providers mac and ec2', () => {
  it('show each machine to one of them', async () => {
    const tags = { 'callsheet:installation': installation };
    const mac = at.cloud.plant(tags, { type: 'mac-m4.metal' });
    const hosted = at.cloud.plant(tags, { host: 'h-0123456789abcdef0' });
    const gpu = at.cloud.plant(tags);
    const { ec2 } = at;
    const idsOf = async (provider: Provider) => (await provider.list()).map(({ id }) => id).sort();
    expect(await idsOf(at.provider)).toEqual([mac.id, hosted.id].sort());
    expect(await idsOf(ec2)).toEqual([gpu.id]);
    expect(await ec2.look(mac.id)).toBeUndefined();
    expect(await at.provider.look(gpu.id)).toBeUndefined();
    expect(await at.provider.look(mac.id)).toMatchObject({ id: mac.id, terms: { usdPerHour: 0 } });
  });

  it('share one list of each region when both ask at the same time, and its silence', async () => {
    const { id } = at.cloud.plant(hostTags, { type: 'mac2.metal' });
    at.cloud.plant(hostTags, { region: abroad, zone: `${abroad}a` });
    at.spent();
    expect(await Promise.all([at.provider.list(), at.ec2.list()])).toMatchObject([[{ id }], [{}]]);
    expect(at.spent()).toEqual({ DescribeInstances: 2 });
    at.cloud.trouble.refuse = ({ region }) => (region === abroad ? unavailable : undefined);
    const silent: string[] = [];
    const listOf = (provider: Provider) => provider.list(({ place }) => silent.push(place));
    expect(await Promise.all([at.provider, at.ec2].map(listOf))).toMatchObject([[{ id }], []]);
    expect(silent).toEqual([abroad, abroad]);
  });

  it('see what happens between two lists', async () => {
    at.cloud.plant(hostTags);
    const first = await at.ec2.list();
    at.cloud.plant(hostTags);
    expect(await at.ec2.list()).toHaveLength(first.length + 1);
  });
});
