// A job on EC2, from its delivery to its bill, and many of them at once.
import { afterEach, describe, expect, it } from 'vitest';
import { allIsWell, billOf, machinesOf, stateOf } from './ec2-story-end.ts';
import { noting } from './ec2-story-peril.ts';
import { type Film, film, home, minute, zones } from './ec2-story-stage.ts';

let set: Film;
afterEach(() => set.close());

/** The story of one job of a pull request, up to the moment at which this is said of its machine. */
async function pullRequest(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  set.github.events.set('90', { event: 'pull_request' });
  if (!set.github.known.has('1')) set.hub.queue('1');
  await set.until(what, holds);
}

describe('a job of a pull request', () => {
  it('asks for all offerings of the rung by one fleet, tagged as what it is for', async () => {
    set = await film();
    await pullRequest('a machine', () => set.actors.size === 1);
    const overrides = ['g4dn.xlarge', 'g6.xlarge'].flatMap((InstanceType) =>
      zones.map((zone) => ({ InstanceType, AvailabilityZone: zone, SubnetId: set.ec2.subnet(zone) })),
    );
    expect(set.ec2.fleets).toEqual([
      {
        region: home,
        form: expect.objectContaining({
          Type: 'instant',
          ClientToken: expect.stringMatching(/^[0-9a-f]{64}$/),
          LaunchTemplateConfigs: [
            {
              LaunchTemplateSpecification: {
                LaunchTemplateName: 'callsheet-test-gpu.spot',
                Version: '$Latest',
              },
              Overrides: overrides,
            },
          ],
          TargetCapacitySpecification: { TotalTargetCapacity: '1', DefaultTargetCapacityType: 'spot' },
          SpotOptions: { AllocationStrategy: 'price-capacity-optimized' },
        }),
      },
    ]);
    const tags = {
      'callsheet:installation': 'test',
      'callsheet:pool': 'gpu',
      'callsheet:launch': 'gpu-1',
      'callsheet:url': 'https://callsheet.example.com',
      'callsheet:gpu': '1 14745 cuda',
    };
    const [machine] = machinesOf(set);
    expect(machine?.resources).toEqual({
      fleet: tags,
      instance: tags,
      volume: tags,
      'network-interface': tags,
    });
  });

  it('is served by a machine that has proved itself, and leaves nothing but its bill', async () => {
    set = await film();
    await pullRequest('it runs', () => set.hub.begun.length === 1);
    const [machine] = machinesOf(set);
    const { builders } = await stateOf(set);
    expect(builders).toMatchObject([
      {
        ...{ id: machine?.id, phase: 'ready', address: machine?.address, project: 'color' },
        offering: `${home}/spot/g4dn.xlarge/${zones[0]}`,
        usdPerHour: 0.526,
      },
    ]);
    await allIsWell(set);
    expect(billOf(set)).toBeGreaterThan(0.04);
    expect(set.problems).toEqual([]);
    const said = JSON.stringify(set.lines);
    expect(said).not.toContain('jit of');
    expect(said.length).toBeGreaterThan(1000);
  });
});

describe('from the start of the dispatcher to CreateFleet', () => {
  const launchCalls = ['read gpu', 'read +', 'put ledger', 'put launch', `createFleet ${home}`];
  const isAws = (call: string): boolean => !call.startsWith('run ');

  /** The dispatcher's calls of AWS for a job that nobody has queued before. */
  async function callsFor(id: string): Promise<string[]> {
    const calls: string[] = [];
    set.peril = noting(calls);
    const fleets = set.ec2.fleets.length;
    set.hub.queue(id, { runId: `9${id}` });
    await set.until('a fleet', () => set.ec2.fleets.length > fleets);
    return calls.filter(isAws).slice(0, calls.filter(isAws).indexOf(`createFleet ${home}`) + 1);
  }

  it('are five calls of AWS, and one more in a new process', async () => {
    set = await film();
    expect(await callsFor('1')).toEqual([
      ...launchCalls.slice(0, 4),
      `subnets ${home}`,
      ...launchCalls.slice(4),
    ]);
    await set.until('quiet', async () =>
      (await stateOf(set)).builders.every(({ phase }) => phase === 'gone'),
    );
    expect(await callsFor('2')).toEqual(launchCalls);
    await allIsWell(set);
  });
});

describe('256 jobs at once', () => {
  it('are one fleet, and each gets its machine', async () => {
    set = await film();
    for (let id = 1; id <= 256; id += 1) set.hub.queue(String(id), { minutes: 1 });
    await set.until('the machines', () => set.ec2.machines().length >= 256, minute);
    expect(set.ec2.fleets).toHaveLength(1);
    await allIsWell(set);
  });

  it('are three fleets at most, where spot has too few', async () => {
    set = await film();
    set.ec2.trouble.short = ({ market }, running) =>
      market === 'spot' && running >= 25 ? { code: 'InsufficientInstanceCapacity' } : undefined;
    for (let id = 1; id <= 256; id += 1) set.hub.queue(String(id));
    await set.until('the machines', () => set.ec2.machines().length >= 256, minute);
    expect(set.ec2.fleets.length).toBeLessThanOrEqual(3);
    expect(set.ec2.machines()).toHaveLength(256);
  });
});
