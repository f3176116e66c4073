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

/** A machine and its agent. */
interface Self {
  around: Surroundings;
  machine: Machine;
  temper: Temper;
  state: State;
  /** When it does something next, and when its job ends. */
  actsAt: Time;
  endsAt: Time;
  runner: string;
  job: string;
}

export function actorOf(around: Surroundings, machine: Machine, temper: Temper = {}): Actor {
  const actsAt = around.now() + (temper.bootMs ?? 40_000);
  const self: Self = {
    ...{ around, machine, temper, actsAt },
    state: 'boots',
    endsAt: Number.POSITIVE_INFINITY,
    runner: '',
    job: '',
  };
  return { machine, act: () => act(self) };
}

async function act(self: Self): Promise<void> {
  const { machine, state, around } = self;
  if (machine.ended.aborted) return vanish(self);
  if (around.now() >= self.endsAt) return endOfJob(self);
  if (machine.state !== 'running' || around.now() < self.actsAt) return;
  switch (state) {
    case 'boots':
      return boot(self);
    case 'taken':
      return begin(self);
    case 'idle':
    case 'works':
      return live(self);
    case 'silent':
      return;
  }
}

function enter(self: Self, next: State, inMs = heartbeatMs): void {
  self.state = next;
  self.actsAt = self.around.now() + inMs;
}

async function say({ around, machine }: Self, path: string, body: object) {
  const who = { builder: machine.id, launch: machine.tags[machineTags.launch], key: keyOf(machine.id) };
  const answer = await around.call(machine, path, { ...who, ...body });
  return { status: answer.status, ...said.parse(answer.body) };
}

function leave(self: Self): void {
  enter(self, 'silent');
  self.around.powerOff(self.machine.id);
}

async function boot(self: Self): Promise<void> {
  const { unfit } = self.temper;
  const proof = await self.around.proofOf(self.machine);
  if (unfit) {
    enter(self, 'silent');
    await say(self, 'progress', { busy: false, failure: { proof, ...unfit } });
    return;
  }
  const { work, next, status } = await say(self, 'claim', { proof, facts });
  if (work) {
    self.runner = work.jitConfig.replace('jit of ', '');
    self.around.hub.connect(self.runner, { take: (job) => take(self, job) });
    enter(self, 'idle');
  } else if (next === 'wait' || status >= 500) enter(self, 'boots', 5000);
  else leave(self);
}

function take(self: Self, job: string): void {
  self.job = job;
  enter(self, 'taken', 0);
}

async function begin(self: Self): Promise<void> {
  const { hub, now } = self.around;
  const { runId, name, runAttempt } = hub.job(self.job);
  const { repository = 'film/color', minutes = 5, root } = hub.wishOf(self.job);
  const { allow } = await say(self, 'job', { repository, runId, runAttempt, job: name });
  if (!allow) return finish(self, 'failure');
  hub.begin(self.job);
  self.endsAt = now() + minutes * 60_000;
  enter(self, root ? 'silent' : 'works');
}

async function live(self: Self): Promise<void> {
  const { state } = self;
  const { next } = await say(self, 'progress', { busy: state === 'works' });
  if (next !== 'shutdown' || state === 'works') return enter(self, state);
  self.around.hub.disconnect(self.runner);
  leave(self);
}

async function endOfJob(self: Self): Promise<void> {
  if (self.state === 'works') return finish(self, 'success');
  self.around.hub.end(self.job, 'success');
  self.endsAt = Number.POSITIVE_INFINITY;
}

async function finish(self: Self, conclusion: string): Promise<void> {
  self.around.hub.end(self.job, conclusion);
  self.endsAt = Number.POSITIVE_INFINITY;
  await say(self, 'finished', { exitCode: 0 });
  leave(self);
}

/** Whoever is on it ends with it: GitHub fails the job. */
function vanish(self: Self): void {
  const { hub } = self.around;
  hub.disconnect(self.runner);
  if (self.job && hub.job(self.job).status === 'in_progress') hub.end(self.job, 'failure');
  enter(self, 'silent');
}
