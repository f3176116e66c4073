// A machine of EC2 in a story: it boots, reads its tags, claims with its signed document, and serves one job.
import * as z from 'zod/mini';
import { machineTags } from '../../shared/contract/machine.ts';
import type { Time } from '../../shared/scheduler/records.ts';
import type { Machine } from '../stand-ins/ec2/world.ts';
import { facts, keyOf } from './crew.ts';
import type { Hub } from './ec2-story-hub.ts';

/** What is different about a machine. */
export interface Temper {
  /** From its start to its first call. Default: 40 s. */
  bootMs?: number;
  /** Its health check fails so, and it does not power off by itself. */
  unfit?: { why: string; log: string };
}

export interface Surroundings {
  hub: Hub;
  now(): Time;
  /** What EC2 signs for the machine. */
  proofOf(machine: Machine): Promise<string>;
  /** Calls the builder API from the machine's own address. */
  call(machine: Machine, path: string, body: object): Promise<{ status: number; body: unknown }>;
  /** Powers it off, which ends it. */
  powerOff(id: string): void;
}

export interface Actor {
  machine: Machine;
  /** Does what is due by now. */
  act(): Promise<void>;
}

const heartbeatMs = 30_000;

const said = z.object({
  work: z.optional(z.object({ jitConfig: z.string() })),
  next: z.optional(z.string()),
  allow: z.optional(z.boolean()),
});

type State = 'boots' | 'idle' | 'taken' | 'works' | 'silent';

export function actorOf(around: Surroundings, machine: Machine, temper: Temper = {}): Actor {
  const { hub, now } = around;
  const who = { builder: machine.id, launch: machine.tags[machineTags.launch], key: keyOf(machine.id) };
  let state: State = 'boots';
  let runner = '';
  let job = '';
  let actsAt = now() + (temper.bootMs ?? 40_000);
  let endsAt = Number.POSITIVE_INFINITY;

  async function say(path: string, body: object) {
    const answer = await around.call(machine, path, { ...who, ...body });
    return { status: answer.status, ...said.parse(answer.body) };
  }
  const enter = (next: State, inMs = heartbeatMs): void => {
    state = next;
    actsAt = now() + inMs;
  };
  function leave(): void {
    enter('silent');
    around.powerOff(machine.id);
  }
  async function boot(): Promise<void> {
    const proof = await around.proofOf(machine);
    if (temper.unfit) {
      enter('silent');
      return void (await say('progress', { busy: false, failure: { proof, ...temper.unfit } }));
    }
    const { work, next, status } = await say('claim', { proof, facts });
    if (work) {
      runner = work.jitConfig.replace('jit of ', '');
      hub.connect(runner, { take });
      return enter('idle');
    }
    if (next === 'wait' || status >= 500) return enter('boots', 5000);
    leave();
  }
  function take(id: string): void {
    job = id;
    enter('taken', 0);
  }
  async function begin(): Promise<void> {
    const { runId, name, runAttempt } = hub.job(job);
    const { repository = 'film/color', minutes = 5, root } = hub.wishOf(job);
    const { allow } = await say('job', { repository, runId, runAttempt, job: name });
    if (!allow) return finish('failure');
    hub.begin(job);
    endsAt = now() + minutes * 60_000;
    enter(root ? 'silent' : 'works');
  }
  async function finish(conclusion: string): Promise<void> {
    hub.end(job, conclusion);
    endsAt = Number.POSITIVE_INFINITY;
    await say('finished', { exitCode: 0 });
    leave();
  }
  async function live(): Promise<void> {
    const { next } = await say('progress', { busy: state === 'works' });
    if (next === 'shutdown' && state === 'idle') {
      hub.disconnect(runner);
      leave();
    } else enter(state);
  }
  /** Whoever is on it ends with it: GitHub fails the job. */
  function vanish(): void {
    hub.disconnect(runner);
    if (job && hub.job(job).status === 'in_progress') hub.end(job, 'failure');
    enter('silent');
  }
  async function endOfJob(): Promise<void> {
    if (state === 'works') return finish('success');
    hub.end(job, 'success');
    endsAt = Number.POSITIVE_INFINITY;
  }
  const acts: Record<State, () => Promise<void>> = {
    boots: boot,
    idle: live,
    taken: begin,
    works: live,
    silent: async () => undefined,
  };
  return {
    machine,
    async act() {
      if (machine.ended.aborted) return vanish();
      if (now() >= endsAt) return endOfJob();
      if (machine.state === 'running' && now() >= actsAt) await acts[state]();
    },
  };
}
