// One job through all six functions as Lambda wires them, against AWS and GitHub on loopback.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { createApi } from '../../../functions/api/api.ts';
import { createBuilderApi } from '../../../functions/builder-api/builder-api.ts';
import { createCloudEvents } from '../../../functions/cloud-events/cloud-events.ts';
import { codeBuildEvents } from '../../../functions/cloud-events/codebuild.ts';
import { createDispatcher } from '../../../functions/dispatcher/dispatcher.ts';
import { createReaper } from '../../../functions/reaper/reaper.ts';
import { createWebhook } from '../../../functions/webhook/webhook.ts';
import { builderApiPorts, dispatcherPorts, reaperPorts } from '../../../shared/runtime/aws/ports.ts';
import { clock, recordPorts, tablePorts } from '../../../shared/runtime/aws/records.ts';
import { secretIn, apiToken as tokenSecret } from '../../../shared/runtime/aws/secrets.ts';
import { logLine } from '../../../shared/runtime/log.ts';
import { webhookRuntime } from '../../../shared/runtime/webhook.ts';
import { context, emptyEvent, facts, keyOf, ringsOf } from '../../functions/crew.ts';
import { type LoopbackCloud, loopbackCloud } from './cloud.ts';
import { queued } from './delivery.ts';
import * as secrets from './installation.ts';

const { config } = secrets;
let cloud: LoopbackCloud;
let functions: ReturnType<typeof wire>;
const said: string[] = [];

beforeAll(async () => {
  cloud = await loopbackCloud();
  for (const [name, value] of Object.entries(cloud.environment)) vi.stubEnv(name, value);
  for (const how of ['log', 'info', 'warn', 'error'] as const)
    vi.spyOn(console, how).mockImplementation((...words) => void said.push(words.join(' ')));
  functions = wire(cloud);
});

afterAll(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await cloud.close();
});

/** As the `index.ts` of each function does it, with this configuration. */
function wire({ environment }: LoopbackCloud) {
  const token = secretIn(environment, environment.API_TOKEN_PARAMETER, tokenSecret);
  return {
    webhook: createWebhook({ config, ...webhookRuntime(environment, config), log: logLine }),
    dispatcher: createDispatcher(dispatcherPorts(environment, config)),
    builderApi: createBuilderApi(builderApiPorts(environment, config)),
    cloudEvents: createCloudEvents({ ...recordPorts(environment), log: logLine }, codeBuildEvents('test')),
    reaper: createReaper(reaperPorts(environment, config)),
    api: createApi({
      installation: 'test',
      pools: ['gpu'],
      ...tablePorts(environment),
      clock,
      access: { token, isPublic: false },
      log: logLine,
    }),
  };
}

/** The rings that wait are answered, as if they had been sent just now. */
function answerRings(): Promise<void> {
  const sentNow = cloud.rings.splice(0).map((ring) => ({ ...JSON.parse(ring), sentAt: Date.now() }));
  return functions.dispatcher(ringsOf(sentNow.map((ring) => JSON.stringify(ring))));
}

const builders = z.array(z.object({ id: z.string(), phase: z.string(), why: z.nullable(z.string()) }));

async function shown() {
  const headers = { authorization: `Bearer ${secrets.apiToken}` };
  const answer = await functions.api({ ...emptyEvent, rawPath: '/api/builders', headers });
  return builders.parse(JSON.parse(answer.body ?? ''));
}

/** The builds' news since the last time, as EventBridge hands them over. */
async function hearBuilds(): Promise<void> {
  cloud.codebuild.tick();
  for (const event of cloud.events.splice(0)) await functions.cloudEvents(event);
}

async function claim(body: object) {
  const event = { ...emptyEvent, routeKey: 'POST /builders/claim', body: JSON.stringify(body) };
  const { statusCode, body: answer = '' } = await functions.builderApi(event, context);
  return { statusCode, answer };
}

const builder = 'cb-gpu-1-0';
const variablesOf = (): Record<string, string> =>
  Object.fromEntries((cloud.codebuild.builds()[0]?.variables ?? []).map(({ name, value }) => [name, value]));

describe('a job', () => {
  it('gets a build by five calls of AWS after its delivery is accepted, the secrets known', async () => {
    expect(await functions.webhook(queued(1))).toMatchObject({ statusCode: 202 });
    const before = cloud.calls.length;
    await answerRings();
    const calls = cloud.calls.slice(before).filter((call) => call !== 'GetParameter');
    expect(calls.slice(0, calls.indexOf('StartBuild') + 1)).toEqual([
      'Query',
      'Query',
      'PutItem',
      'PutItem',
      'StartBuild',
    ]);
    expect(await shown()).toEqual([{ id: builder, phase: 'booting', why: null }]);
  });

  it('has a build that is told where to ask, and whose ticket is taken', async () => {
    await hearBuilds();
    const told = variablesOf();
    expect(told).toMatchObject({ CALLSHEET_URL: secrets.publicUrl, CALLSHEET_BUILDER: builder });
    const who = { builder, launch: told.CALLSHEET_LAUNCH, key: keyOf('agent'), facts };
    expect(await claim({ ...who, proof: keyOf('guessed') })).toMatchObject({ statusCode: 403 });
    const { statusCode, answer } = await claim({ ...who, proof: told.CALLSHEET_TICKET });
    expect(statusCode).toBe(200);
    expect(answer).toContain(secrets.jitConfig);
    expect((await shown())[0]?.phase).toBe('ready');
  });

  it('is swept while it runs: the build is ours', async () => {
    cloud.calls.length = 0;
    await functions.reaper();
    expect(said.at(-1)).toContain('"problems":[]');
    expect(cloud.calls).toContain('ListBuildsForProject');
    expect(cloud.calls).not.toContain('StopBuild');
  });

  it('ends with its build', async () => {
    cloud.codebuild.end(cloud.codebuild.builds()[0]?.id ?? '', 'FAILED');
    await hearBuilds();
    expect(await shown()).toEqual([{ id: builder, phase: 'gone', why: 'its build ended: FAILED' }]);
  });

  it('tells no secret to any log', () => {
    const ticket = variablesOf().CALLSHEET_TICKET ?? '';
    expect(said.length).toBeGreaterThan(8);
    for (const secret of [
      ticket,
      secrets.webhookSecret,
      secrets.builderSecret,
      secrets.apiToken,
      secrets.jitConfig,
      'PRIVATE KEY',
      'installation-token',
      keyOf('agent'),
    ])
      expect(said.join().indexOf(secret)).toBe(-1);
  });
});
