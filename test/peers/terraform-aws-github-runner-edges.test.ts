// What terraform-aws-github-runner, snapshot 2026-08-17, was seen to do at its edges when its bundles ran
// against stand-ins: secrets, deliveries, templates and boot scripts. Each failure by its name, and ours.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDispatcher } from '../../functions/dispatcher/dispatcher.ts';
import { createReaper } from '../../functions/reaper/reaper.ts';
import { createWebhook } from '../../functions/webhook/webhook.ts';
import { macUserData, userData } from '../../infra/aws/user-data.ts';
import { dispatcherPorts, reaperPorts } from '../../shared/runtime/aws/ports.ts';
import { webhookRuntime } from '../../shared/runtime/webhook.ts';
import { stubs } from '../agent/stubs.ts';
import { ringsOf } from '../functions/crew.ts';
import { ended, movedTo } from '../infra/mac-boot.ts';
import { machinesConfig, propertiesOf, synthesize } from '../infra/stage.ts';
import { type LoopbackCloud, loopbackCloud } from '../runtime/aws/cloud.ts';
import { queued } from '../runtime/aws/delivery.ts';
import { config } from '../runtime/aws/installation.ts';
import { jobDelivery, watchedWebhook } from '../webhook/deliveries.ts';

describe('one failed parameter read at cold start is cached for the life of that environment', () => {
  let cloud: LoopbackCloud;
  let said: string[];

  beforeAll(async () => {
    cloud = await loopbackCloud();
    for (const [name, value] of Object.entries(cloud.environment)) vi.stubEnv(name, value);
  });
  beforeEach(() => {
    said = [];
    vi.spyOn(console, 'log').mockImplementation((line) => void said.push(String(line)));
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(async () => {
    vi.unstubAllEnvs();
    await cloud.close();
  });

  /** The first read of a parameter finds nothing. */
  async function lacking(name: string, work: () => Promise<void>): Promise<void> {
    const value = cloud.parameters.get(name) ?? '';
    cloud.parameters.delete(name);
    await work();
    cloud.parameters.set(name, value);
  }

  it('the webhook answers 500 for ever: no, 503 once, and then the delivery is taken', async () => {
    const webhook = createWebhook({
      ...{ config, log: () => undefined },
      ...webhookRuntime(cloud.environment, config),
    });
    await lacking('/callsheet/test/webhook-secrets', async () => {
      expect(await webhook(queued(1))).toMatchObject({ statusCode: 503 });
    });
    expect(await webhook(queued(1))).toMatchObject({ statusCode: 202 });
  });

  it('the dispatcher reports success and sends nothing: no, it tells, and starts it next time', async () => {
    const dispatcher = createDispatcher(dispatcherPorts(cloud.environment, config));
    const reaper = createReaper(reaperPorts(cloud.environment, config));
    const pass = () => dispatcher(ringsOf([JSON.stringify({ pool: 'gpu', sentAt: Date.now() })]));
    await lacking('/callsheet/test/app-key', async () => {
      await pass();
      expect(said.join()).toContain('"level":"error","why":"the SSM parameter /callsheet/test/app-key');
      cloud.rings.length = 0;
      await expect(reaper()).rejects.toThrow('private key could not be loaded');
      expect(cloud.rings).toHaveLength(1);
    });
    expect(cloud.codebuild.builds()).toEqual([]);
    await pass();
    expect(cloud.codebuild.builds()).toHaveLength(1);
  });
});

describe('dead letters are off by default, and there is no alarm', () => {
  const { controlPlane } = synthesize(machinesConfig());

  it('no: every queue that is read sets its failures aside, and one of them alarms', () => {
    const queues = propertiesOf(controlPlane, 'AWS::SQS::Queue');
    const alarmed = Object.values(propertiesOf(controlPlane, 'AWS::CloudWatch::Alarm'));
    const sources = Object.values(propertiesOf(controlPlane, 'AWS::Lambda::EventSourceMapping'));
    expect(sources.length).toBeGreaterThan(0);
    for (const { EventSourceArn } of sources) {
      const name = String(EventSourceArn).split(':').at(-1) ?? '';
      const arn = JSON.stringify(queues[name]?.RedrivePolicy ?? '');
      const dead = Object.keys(queues).find((other) => other !== name && arn.includes(`:${other}"`));
      expect(dead, name).toBeDefined();
      expect(alarmed).toContainEqual(
        expect.objectContaining({ Threshold: 1, Dimensions: [{ Name: 'QueueName', Value: dead }] }),
      );
    }
  });
});

describe('a delivery', () => {
  it('without a signature is answered 500: no, 401', async () => {
    const { deliver, jobs } = watchedWebhook();
    const event = jobDelivery('queued');
    delete event.headers['x-hub-signature-256'];
    expect(await deliver(event)).toMatchObject({ status: 401 });
    expect(jobs).toEqual([]);
  });

  it('with a base64 body is answered 401: no, it is taken', async () => {
    const { deliver, jobs } = watchedWebhook();
    const event = jobDelivery('queued');
    const body = Buffer.from(event.body ?? '').toString('base64');
    expect(await deliver({ ...event, body, isBase64Encoded: true })).toMatchObject({ status: 202 });
    expect(jobs).toHaveLength(1);
  });
});

describe('a boot script stops at an unset variable before its dead-man exists', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'callsheet-peer-'));
    for (const folder of ['var', 'services']) mkdirSync(join(root, folder));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true, maxRetries: 10 }));

  const tells = (name: string): string => `echo "${name} $*" >> '${root}/told'`;
  const told = (): string[] => {
    const file = join(root, 'told');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  };

  /** Runs a script where no variable is set but these programs’ PATH. */
  async function bare(script: string, programs: Record<string, string>): Promise<void> {
    const PATH = stubs(root, process.env.PATH ?? '', programs);
    writeFileSync(join(root, 'script'), script);
    await ended([join(root, 'script')], { PATH }, join(root, 'said'));
  }

  it('no: that of a Mac leaves the service that goes on until it is an agent', async () => {
    const script = macUserData({ installation: 'test', pool: 'mac', user: 'me', windowServer: false });
    await bare(movedTo(root, script), {
      launchctl: `${tells('launchctl')}\n[ "$1" != print ] || exit 113`,
      plutil: tells('plutil'),
    });
    expect(told().at(-1)).toMatch(/^launchctl bootstrap system /);
    expect(existsSync(join(root, 'services/callsheet.agent.plist'))).toBe(true);
  });

  it('no: that of Linux sets the end of its machine first, and ends it when all else fails', async () => {
    const boot = { installation: 'test', pool: 'gpu', user: 'me', ageMinutes: 435, containers: true };
    await bare(userData(boot), {
      ...{ curl: 'exit 6', sleep: ':', tee: 'cat' },
      'systemd-run': tells('systemd-run'),
      systemctl: `[ "$1" != is-active ] || exit 3\n${tells('systemctl')}`,
    });
    expect(told()[0]).toMatch(/^systemd-run --unit=callsheet-end --on-active=435 min /);
    expect(told().at(-1)).toBe('systemctl poweroff');
  });
});

describe('an unpaginated listing deletes images in use', () => {
  const { controlPlane, regions } = synthesize(machinesConfig());

  it('no: no function of ours may delete an image or its disk', () => {
    const roles = [controlPlane, ...Object.values(regions)].flatMap((template) =>
      Object.values(propertiesOf(template, 'AWS::IAM::Role')),
    );
    const granted = JSON.stringify(roles);
    expect(granted).toContain('"ec2:TerminateInstances"');
    expect(granted).not.toMatch(/DeregisterImage|DeleteSnapshot|DeleteImage|"ec2:\*"|"\*"\]?,"Effect/);
  });
});
