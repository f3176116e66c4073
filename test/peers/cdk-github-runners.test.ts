// What cdk-github-runners, snapshot 2026-07-31, was seen to do when its bundles ran against stand-ins: each
// failure by its name, and the same scene with our handlers.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createWebhook } from '../../functions/webhook/webhook.ts';
import { machineTags } from '../../shared/contract/machine.ts';
import { parseConfig } from '../../shared/policy/schema.ts';
import { Doubt } from '../../shared/scheduler/ports.ts';
import { allHasEnded, allIsWell, machinesOf, stateOf } from '../functions/ec2-story-end.ts';
import { type Film, film, minute } from '../functions/ec2-story-stage.ts';
import { machinesConfig, propertiesOf, synthesize } from '../infra/stage.ts';
import { input } from '../operations/fakes.ts';
import { delivery, jobDelivery, secret, sign, watchedWebhook } from '../webhook/deliveries.ts';

vi.setConfig({ testTimeout: 30_000 });

let set: Film | undefined;
afterEach(async () => {
  await set?.close();
  set = undefined;
});

async function onEc2(): Promise<Film> {
  const made = await film();
  set = made;
  return made;
}

const begun = (on: Film, n: number) => () => on.hub.begun.length === n;

describe('a redelivery after the job is over is an unhandled error', () => {
  it('no: all its deliveries are taken again, and nothing happens', async () => {
    const on = await onEc2();
    on.post.delays = () => [0, 40 * minute];
    on.hub.queue('1');
    await on.until('the end of its job', () => on.hub.job('1').status === 'completed');
    on.post.delays = () => [0];
    await on.play(45 * minute);
    await allIsWell(on, 1);
    expect(on.problems).toEqual([]);
  });
});

describe('the job of such a redelivery can never be started again', () => {
  it('no: one whose machine was lost gets another, and so does the job of the next attempt', async () => {
    const on = await onEc2();
    on.post.delays = () => [0, 10 * minute];
    on.hub.queue('1');
    await on.until('a machine', () => on.actors.size === 1);
    on.ec2.end(machinesOf(on)[0]?.id ?? '');
    await on.until('the end of its job', () => on.hub.job('1').status === 'completed');
    on.post.delays = () => [0];
    await on.play(15 * minute);
    on.hub.queue('2', { runId: '90' });
    await allIsWell(on, 3);
    expect(on.hub.begun).toEqual(['1', '2']);
  });
});

describe('the reaper stops the execution, fails to delete the runner once, and never looks again', () => {
  it('no: what GitHub did not delete at the first three requests is deleted in the end', async () => {
    const on = await onEc2();
    let refusals = 0;
    on.github.onCall = (what) => {
      if (!what.startsWith('remove') || refusals === 3) return;
      refusals += 1;
      throw new Doubt('GitHub does not answer');
    };
    on.hub.assign = () => undefined;
    on.hub.queue('1');
    await on.until('a runner', () => on.github.runnersNow.size === 1);
    on.hub.end('1', 'cancelled');
    await allHasEnded(on);
    expect(refusals).toBe(3);
  });
});

describe('`[self-hosted, linux]` lands on a GPU provider that was declared first', () => {
  /** Pools of the jobs that are recorded, and what is answered, for a job with these labels. */
  async function served(labels: string[]): Promise<{ pools: string[]; answer: string }> {
    const pools: string[] = [];
    const webhook = createWebhook({
      ...{ config: parseConfig(input), secrets: async () => [secret], log: () => undefined },
      record: async () => ({
        job: async (_, seat) => void pools.push(seat.pool),
        foreign: async () => undefined,
      }),
    });
    const payload = JSON.parse(jobDelivery('queued', { labels }).body ?? '');
    const there = { repository: { full_name: 'film/color' }, installation: { id: 11 } };
    const { body = '' } = await webhook(delivery('workflow_job', { ...payload, ...there }));
    return { pools, answer: body };
  }

  it('no: it lands where a pool has a label of its own among them, in whatever order', async () => {
    expect((await served(['self-hosted', 'linux', 'xl'])).pools).toEqual(['xl']);
    expect((await served(['gpu', 'linux', 'self-hosted'])).pools).toEqual(['gpu']);
  });

  it('no: where no pool has, it is ignored with the reason', async () => {
    const { pools, answer } = await served(['self-hosted', 'linux']);
    expect(pools).toEqual([]);
    expect(answer).toContain('no pool has one of');
  });

  it('no: nor may a pool ask for labels that runners of every kind carry', () => {
    const gpu = { ...input.pools.gpu, labels: ['linux'] };
    expect(() => parseConfig({ ...input, pools: { ...input.pools, gpu } })).toThrow("'linux' is refused");
  });
});

describe('the expected signature is written to the log', () => {
  it('no: neither a line nor the answer has it', async () => {
    const printed: string[] = [];
    for (const how of ['log', 'info', 'warn', 'error', 'debug'] as const)
      vi.spyOn(console, how).mockImplementation((...words) => void printed.push(words.join(' ')));
    const { deliver, lines } = watchedWebhook();
    const event = jobDelivery('queued');
    const [, expected = ''] = sign(event.body ?? '').split('=');
    event.headers['x-hub-signature-256'] = sign('another body');
    const answer = await deliver(event);
    vi.restoreAllMocks();
    expect(answer.status).toBe(401);
    expect(lines).toHaveLength(1);
    expect(JSON.stringify([lines, printed, answer])).not.toContain(expected);
  });
});

describe('an "idle time-out of 5 minutes" is 10 to 21', () => {
  it('no: a runner that gets no job for 5 minutes is gone after 7', async () => {
    const on = await onEc2();
    on.hub.assign = () => undefined;
    on.hub.queue('1');
    await on.until('a runner', () => on.github.runnersNow.size === 1);
    const readyAt = on.ports.clock.now();
    const [machine] = machinesOf(on);
    await on.until('its end', () => machine?.endedAt !== undefined);
    const idleMs = on.ports.clock.now() - readyAt;
    expect(idleMs).toBeGreaterThanOrEqual(5 * minute);
    expect(idleMs).toBeLessThanOrEqual(7 * minute);
  });
});

describe('a registration token valid for an hour and many runners sits in user data and in histories', () => {
  it('no: what GitHub gives a runner is in the answer to its claim and nowhere else', async () => {
    const on = await onEc2();
    on.hub.queue('1');
    await on.until('it runs', begun(on, 1));
    const [runner = ''] = on.github.runnersNow.keys();
    expect(runner).not.toBe('');
    const seen = [on.ec2.fleets, machinesOf(on), await stateOf(on), await on.store.open.read('+'), on.lines];
    expect(JSON.stringify(seen)).not.toContain(`jit of ${runner}`);
    await allIsWell(on, 1);
    const past = await Promise.all(
      (['job', 'builder', 'host', 'receipt'] as const).map((kind) => on.store.history.recent(kind, 100)),
    );
    expect(JSON.stringify(past)).not.toContain('jit of');
  });

  it('no: machines start with the same user data, and builds with one ticket each', () => {
    const { controlPlane, codeBuild, regions } = synthesize(machinesConfig());
    const texts = Object.values(regions).flatMap((region) =>
      Object.values(propertiesOf(region, 'AWS::EC2::LaunchTemplate')).map((template) =>
        JSON.stringify(template).replace(/"UserData":"([^"]+)"/, (_, data) =>
          Buffer.from(data, 'base64').toString(),
        ),
      ),
    );
    expect(texts.join()).toContain('/builders/agent');
    for (const text of texts) expect(text).not.toMatch(/registration|jitconfig|\bghs_|RUNNER_TOKEN/i);
    const settings = JSON.stringify([
      propertiesOf(controlPlane, 'AWS::Lambda::Function'),
      propertiesOf(codeBuild, 'AWS::CodeBuild::Project'),
    ]);
    expect(settings).not.toMatch(/registration-token|jitconfig|\bghs_|RUNNER_TOKEN|PRIVATE KEY/i);
  });
});

describe('a machine that never boots is replaced by another and never ended', () => {
  it('no: it is ended at its boot limit, and the other one serves the job', async () => {
    const on = await onEc2();
    on.temper = (nth) => (nth === 0 ? { bootMs: Number.POSITIVE_INFINITY } : {});
    on.hub.queue('1');
    await on.until('another machine', () => on.actors.size === 2);
    const [first] = machinesOf(on);
    expect(first?.tags[machineTags.launch]).toBe('gpu-1');
    await on.until('the end of the first', () => first?.endedAt !== undefined, 5 * minute);
    await allIsWell(on, 2);
    const livedMs = (first?.endedAt ?? 0) - (first?.launchedAt ?? 0);
    expect(livedMs).toBeLessThanOrEqual(12 * minute);
  });
});

describe('`Content-Type` with a charset is refused', () => {
  it.each(['application/json; charset=utf-8', 'application/json;charset=UTF-8'])(
    'no: %s is JSON',
    async (type) => {
      const { deliver, jobs } = watchedWebhook();
      const event = jobDelivery('queued');
      event.headers['content-type'] = type;
      expect(await deliver(event)).toMatchObject({ status: 202 });
      expect(jobs).toHaveLength(1);
    },
  );
});
