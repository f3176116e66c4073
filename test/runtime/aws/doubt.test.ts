// A secret that is missing: what needs it waits and says so, everything else goes on.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createBuilderApi } from '../../../functions/builder-api/builder-api.ts';
import { createDispatcher } from '../../../functions/dispatcher/dispatcher.ts';
import { createReaper } from '../../../functions/reaper/reaper.ts';
import { recordJob } from '../../../shared/operations/record.ts';
import { builderApiPorts, dispatcherPorts, reaperPorts } from '../../../shared/runtime/aws/ports.ts';
import { recordPorts } from '../../../shared/runtime/aws/records.ts';
import { context, emptyEvent, facts, keyOf, ringsOf } from '../../functions/crew.ts';
import { type LoopbackCloud, loopbackCloud } from './cloud.ts';
import { config } from './installation.ts';

let cloud: LoopbackCloud;
let said: string[] = [];

beforeAll(async () => {
  cloud = await loopbackCloud();
  for (const [name, value] of Object.entries(cloud.environment)) vi.stubEnv(name, value);
  vi.spyOn(console, 'log').mockImplementation((line) => void said.push(String(line)));
  const fact = {
    id: '1',
    phase: 'waiting',
    repository: 'film/color',
    labels: ['gpu'],
    name: 'test',
  } as const;
  const run = { runId: '77', runAttempt: 1, headSha: 'f', queuedAt: Date.now() };
  const seat = { pool: 'gpu', project: 'color', scope: 'group/film/callsheet-color' };
  await recordJob(recordPorts(cloud.environment), { ...fact, ...run, labels: ['gpu'] }, seat);
});

afterAll(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await cloud.close();
});

/** Runs with a parameter missing; answers what was logged, line by line. */
async function without(parameter: string, work: () => Promise<unknown>): Promise<string> {
  said = [];
  const value = cloud.parameters.get(parameter) ?? '';
  cloud.parameters.delete(parameter);
  await work();
  cloud.parameters.set(parameter, value);
  return said.join('\n');
}

const ring = () => ringsOf([JSON.stringify({ pool: 'gpu', sentAt: Date.now() })]);
const remedy = (name: string) => `the SSM parameter ${name} does not exist: \`npm run secrets\` creates it`;

describe('without the App’s private key', () => {
  const key = '/callsheet/test/app-key';

  it('a pass starts nothing that nobody has admitted, and the log names the parameter', async () => {
    const { environment } = cloud;
    const log = await without(key, () => createDispatcher(dispatcherPorts(environment, config))(ring()));
    expect(log).toContain(remedy(key));
    expect(log).toContain('"unit":"pass","pool":"gpu","outcome":"finished"');
    expect(cloud.codebuild.builds()).toEqual([]);
  });

  it('a sweep lists the cloud and rings, and fails at its end', async () => {
    cloud.rings.length = 0;
    const reaper = createReaper(reaperPorts(cloud.environment, config));
    const log = await without(key, () => expect(reaper()).rejects.toThrow('private key could not be loaded'));
    expect(log).toContain(remedy(key));
    expect(cloud.calls).toContain('ListBuildsForProject');
    expect(cloud.rings).toHaveLength(1);
  });
});

describe('without the secret of the tickets', () => {
  const secret = '/callsheet/test/builder-secret';

  it('a pass saves its launch, starts no build, and goes on to its end', async () => {
    const dispatcher = createDispatcher(dispatcherPorts(cloud.environment, config));
    const log = await without(secret, () => dispatcher(ring()));
    expect(log).toContain(remedy(secret));
    expect(log).toContain('"outcome":"doubt"');
    expect(log).toContain('"outcome":"finished"');
    expect(cloud.codebuild.builds()).toEqual([]);
  });

  it('a claim is 500 and a line in the log: the agent asks again', async () => {
    const api = createBuilderApi(builderApiPorts(cloud.environment, config));
    const who = { builder: 'cb-gpu-1-0', launch: 'gpu-1', key: keyOf('agent') };
    const body = JSON.stringify({ ...who, proof: keyOf('any'), facts });
    const event = { ...emptyEvent, routeKey: 'POST /builders/claim', body };
    const log = await without(secret, async () => {
      expect(await api(event, context)).toMatchObject({ statusCode: 500, body: '{"error":"try again"}' });
    });
    expect(log).toContain('"unit":"call","level":"error","outcome":"failed"');
    expect(log).toContain(remedy(secret));
  });
});
