// The provider `codebuild` launches over the wire: nothing is doubled, and doubt is no answer.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeBuildCalls, codeBuildProvider } from '../../shared/providers/codebuild/provider.ts';
import { ticketFor } from '../../shared/providers/tickets.ts';
import { Doubt } from '../../shared/scheduler/ports.ts';
import { throttled, unavailable } from '../stand-ins/codebuild/trouble.ts';
import { minute, project, type Stage, secret, stage, url } from './codebuild-stage.ts';
import { launchOf, providerConformance } from './conformance.ts';

const other = 'callsheet-studio-gpu-large';

providerConformance('codebuild', async () => {
  const { cloud, clock, provider, fresh, close } = await stage([project, other]);
  // Launches of the suite are asked for at time 0.
  clock.now = 0;
  const buildOf = (id: string) =>
    cloud.builds().find(({ variables }) => variables.some(({ value }) => value === id));
  return {
    provider,
    request: (n) => provider.request({ pool: 'linux', rung: 0, n }),
    end: async (id) => cloud.end(buildOf(id)?.id ?? '', 'SUCCEEDED'),
    breakList: async () => {
      cloud.trouble.refuse = (operation) => (operation === 'ListBuildsForProject' ? unavailable : undefined);
    },
    hush: async () => {
      const [shown, hidden] = ['cb-linux-1-0', 'cb-gpu-1-0'];
      cloud.plant(project, { CALLSHEET_BUILDER: shown, CALLSHEET_LAUNCH: 'linux-1' });
      cloud.plant(other, { CALLSHEET_BUILDER: hidden, CALLSHEET_LAUNCH: 'gpu-1' });
      cloud.trouble.refuse = (_, __, body) => (body.includes(other) ? unavailable : undefined);
      return { shown, hidden, place: `project ${other}` };
    },
    loseAnswers: (lost) => {
      cloud.trouble.lose = (operation) => lost && operation === 'StartBuild';
    },
    restart: async () => fresh(),
    close,
  };
});

describe('provider codebuild, launching', () => {
  let at: Stage;
  beforeEach(async () => {
    at = await stage();
  });
  afterEach(() => at.close());

  it('takes one call for one builder, and gives its build what the agent needs', async () => {
    const launch = at.launch(1);
    const { started } = await at.provider.launch(launch);
    expect(at.spent()).toEqual({ StartBuild: 1 });
    const [id = ''] = started;
    expect(id).toBe(`cb-${launch.id}-0`);
    const variables = at.cloud.builds()[0]?.variables ?? [];
    expect(Object.fromEntries(variables.map(({ name, value }) => [name, value]))).toEqual({
      CALLSHEET_URL: url,
      CALLSHEET_BUILDER: id,
      CALLSHEET_LAUNCH: launch.id,
      CALLSHEET_TICKET: ticketFor(secret, launch.id, id),
      CALLSHEET_REQUEST: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
  });

  it.each(['the first', 'one of many'])(
    'doubts a launch when the answer to %s is lost for good',
    async (which) => {
      const launch = at.launch(12);
      const lost = which === 'the first' ? 1 : 5;
      at.cloud.trouble.lose = (operation, nth) => operation === 'StartBuild' && nth >= lost;
      await expect(at.provider.launch(launch)).rejects.toThrow(Doubt);
      at.cloud.trouble.lose = undefined;
      const { started, faults } = await at.fresh().launch(launch);
      expect(faults).toEqual([]);
      expect(started).toHaveLength(12);
      expect(at.cloud.builds()).toHaveLength(12);
    },
  );

  it('repeats a call that was not answered, and finds the build that it had started', async () => {
    at.cloud.trouble.lose = (operation, nth) => operation === 'StartBuild' && nth === 1;
    expect((await at.provider.launch(at.launch(1))).started).toHaveLength(1);
    expect(at.cloud.builds()).toHaveLength(1);
  });

  it('stays in doubt when the call after a lost answer is refused: the build may run', async () => {
    at.cloud.trouble.lose = (_, nth) => nth === 1;
    at.cloud.trouble.refuse = (_, nth) => (nth > 1 ? throttled : undefined);
    await expect(at.provider.launch(at.launch(1))).rejects.toThrow(Doubt);
    expect(at.cloud.builds()).toHaveLength(1);
  });

  it.each([
    ['an outage', unavailable, 'ServiceUnavailableException'],
    ['an unknown code', { code: 'BrandNewException', message: 'oh' }, 'BrandNewException: oh'],
  ])('doubts at %s, and names the code', async (_, refusal, words) => {
    at.cloud.trouble.refuse = () => refusal;
    const answer = at.provider.launch(at.launch(1));
    await expect(answer).rejects.toThrow(Doubt);
    await expect(answer).rejects.toThrow(words);
  });

  it('doubts when nobody listens', async () => {
    const launch = at.launch(1);
    await at.cloud.close();
    await expect(at.provider.launch(launch)).rejects.toThrow(Doubt);
  });

  it('adopts after four minutes what carries its name, and asks for nothing', async () => {
    const launch = at.launch(3);
    at.crowd(120);
    at.cloud.trouble.lose = (operation, nth) => operation === 'StartBuild' && nth >= 2;
    await expect(at.provider.launch(launch)).rejects.toThrow(Doubt);
    at.cloud.trouble.lose = undefined;
    const named = at.cloud
      .builds()
      .slice(120)
      .flatMap(({ variables }) =>
        variables.flatMap(({ name, value }) => (name === 'CALLSHEET_BUILDER' ? [value] : [])),
      );
    at.clock.now += 4 * minute + 1;
    at.spent();
    const again = at.fresh();
    expect(await again.launch(launch)).toEqual({ started: named.sort(), faults: [] });
    expect(named.length).toBeGreaterThan(0);
    expect(at.spent()).toEqual({ BatchGetBuilds: 2, ListBuildsForProject: 2 });
    expect(await again.launch(at.launch(1))).toMatchObject({ started: [expect.any(String)] });
  });

  it('adopts nothing of an older launch with the same number', async () => {
    const old = at.launch(1);
    await at.provider.launch(old);
    at.clock.now += 60 * minute;
    const launch = { ...old, askedAt: at.clock.now };
    at.clock.now += 5 * minute;
    expect(await at.fresh().launch(launch)).toEqual({ started: [], faults: [] });
  });

  it('starts anew for a later launch with the same number: its table may have begun anew', async () => {
    const old = at.launch(1);
    await at.provider.launch(old);
    at.clock.now += minute;
    await at.fresh().launch({ ...old, askedAt: at.clock.now });
    expect(at.cloud.builds()).toHaveLength(2);
  });

  it('finds what has arrived when its token was used with other parameters', async () => {
    const launch = at.launch(3);
    const { started } = await at.provider.launch(launch);
    const rotated = { ...launch, request: launch.request.replace(url, 'https://elsewhere.example') };
    expect(await at.fresh().launch(rotated)).toEqual({ started, faults: [], already: true });
    expect(at.cloud.builds()).toHaveLength(3);
  });

  it('answers what was started before CodeBuild throttled, and the fault', async () => {
    at.cloud.trouble.refuse = (operation, nth) =>
      operation === 'StartBuild' && nth > 4 ? throttled : undefined;
    const { started, faults } = await at.provider.launch(at.launch(6));
    expect(started).toHaveLength(4);
    expect(faults).toEqual([{ kind: 'throttled', why: expect.stringContaining('Rate exceeded') }]);
    expect(at.cloud.builds()).toHaveLength(4);
  });

  it('answers what the quota left room for, stops asking, and tells the remedy', async () => {
    at.cloud.trouble.room = 2;
    const { started, faults } = await at.provider.launch(at.launch(200));
    expect(started).toHaveLength(12);
    expect(faults).toEqual([{ kind: 'quota', why: expect.stringContaining('Service Quotas') }]);
    expect(at.spent().StartBuild).toBeLessThan(25);
    expect(at.cloud.builds()).toHaveLength(12);
  });

  it('asks once where the quota is none', async () => {
    at.cloud.trouble.room = 0;
    const { started, faults } = await at.provider.launch(at.launch(50));
    expect(started).toEqual([]);
    expect(faults).toMatchObject([{ kind: 'quota' }]);
    expect(at.spent()).toEqual({ StartBuild: 1 });
  });

  it('says what to do where the project is missing, and about a request that is not ours', async () => {
    const launch = at.launch(2);
    at.cloud.projects.delete(project);
    expect(await at.provider.launch(launch)).toEqual({
      started: [],
      faults: [{ kind: 'invalid', why: expect.stringMatching(new RegExp(`${project}.*cdk deploy`)) }],
    });
    for (const request of ['', '{"n":0}', '{"n":1}', '[]', launch.request.replace('https:', 'file:')]) {
      expect(await at.provider.launch(launchOf(1, request))).toMatchObject({
        started: [],
        faults: [{ kind: 'invalid', why: expect.stringContaining('no request of ours') }],
      });
    }
  });

  it('tells no ticket, whatever CodeBuild answers', async () => {
    const launch = at.launch(1);
    const ticket = ticketFor(secret, launch.id, `cb-${launch.id}-0`);
    at.cloud.trouble.refuse = () => ({ code: 'InvalidInputException', message: `what is '${ticket}'?` });
    expect((await at.provider.launch(launch)).faults).toEqual([
      { kind: 'invalid', why: expect.stringContaining("what is '…'?") },
    ]);
  });

  it('leaves to the next pass what it cannot start in time', async () => {
    const launch = at.launch(40);
    at.cloud.trouble.refuse = () => {
      at.clock.now += 1000;
      return undefined;
    };
    const { started, faults } = await at.provider.launch(launch);
    expect(faults).toEqual([]);
    expect(started.length).toBeGreaterThan(10);
    expect(started.length).toBeLessThan(30);
  });

  it('refuses to launch, in words, without an address or a secret', async () => {
    const calls = codeBuildCalls({ region: 'us-east-1', endpoint: at.cloud.url });
    const bare = codeBuildProvider({ calls, projects: [], projectOf: () => project, now: Date.now });
    expect(() => bare.request({ pool: 'linux', rung: 0, n: 1 })).toThrow('no url');
    const launch = { ...at.launch(1), askedAt: Date.now() };
    await expect(bare.launch(launch)).rejects.toThrow('no secret');
  });
});
