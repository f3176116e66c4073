// A Mac of EC2 in a story: it boots, reads its tags, claims, serves a job, waits to be wiped, and boots
// again.
import * as z from 'zod/mini';
import { machineTags } from '../../shared/contract/machine.ts';
import type { Time } from '../../shared/scheduler/records.ts';
import type { Machine } from '../stand-ins/ec2/world.ts';
import { facts, keyOf } from './crew.ts';
import type { Surroundings } from './ec2-story-machine.ts';

/** Whose job has run on a machine since its host was cleaned. */
export interface Tenant {
  job: string;
  repository: string;
  trusted: boolean;
}

export interface Mac {
  machine: Machine;
  tenants: Tenant[];
  /** Its disk was replaced while a job ran. */
  isHurt: boolean;
  /** It boots, or waits for a job. */
  isComing(): boolean;
  /** Does what is due by now. */
  act(): Promise<void>;
  /** It has a new disk, and boots. */
  wipe(): void;
  /** It does not boot from its next disk. */
  isDoomed: boolean;
}

export interface MacSurroundings extends Omit<Surroundings, 'powerOff'> {
  isTrusted(job: string): boolean;
}

export const bootMs = 6 * 60_000;
const heartbeatMs = 30_000;

const said = z.object({
  work: z.optional(z.object({ jitConfig: z.string() })),
  next: z.optional(z.string()),
  seconds: z.optional(z.number()),
  allow: z.optional(z.boolean()),
});

type State = 'boots' | 'idle' | 'taken' | 'works' | 'over' | 'silent';

/** A machine and the agent of its present disk. */
interface Self extends Omit<Mac, 'isComing' | 'act' | 'wipe'> {
  around: MacSurroundings;
  state: State;
  /** When it does something next, and when its job ends. */
  actsAt: Time;
  endsAt: Time;
  boots: number;
  runner: string;
  job: string;
}

const bare = { runner: '', job: '', endsAt: Number.POSITIVE_INFINITY };

export function macOf(around: MacSurroundings, machine: Machine): Mac {
  const self: Self = {
    ...{ around, machine, ...bare },
    state: 'boots',
    actsAt: around.now() + bootMs,
    boots: 1,
    tenants: [],
    isHurt: false,
    isDoomed: false,
  };
  return Object.assign(self, {
    isComing: () => (self.state === 'boots' || self.state === 'idle') && !machine.ended.aborted,
    act: () => act(self),
    wipe: () => wipe(self),
  });
}

function wipe(self: Self): void {
  self.isHurt ||= self.state === 'taken' || self.state === 'works';
  self.around.hub.disconnect(self.runner);
  Object.assign(self, bare);
  self.boots += 1;
  enter(self, self.isDoomed ? 'silent' : 'boots', bootMs);
}

async function act(self: Self): Promise<void> {
  const { machine, state, around } = self;
  if (machine.ended.aborted) return vanish(self);
  if (around.now() >= self.endsAt) return finish(self, 'success');
  if (machine.state !== 'running' || around.now() < self.actsAt) return;
  switch (state) {
    case 'boots':
      return claim(self);
    case 'taken':
      return begin(self);
    case 'idle':
    case 'works':
      return live(self);
    case 'over':
      return stay(self);
    case 'silent':
      return;
  }
}

function enter(self: Self, next: State, inMs = heartbeatMs): void {
  self.state = next;
  self.actsAt = self.around.now() + inMs;
}

async function say({ around, machine, boots }: Self, path: string, body: object) {
  const key = keyOf(`${machine.id} ${boots}`);
  const who = { builder: machine.id, launch: machine.tags[machineTags.launch], key };
  const answer = await around.call(machine, path, { ...who, ...body });
  return { status: answer.status, ...said.parse(answer.body) };
}

async function claim(self: Self): Promise<void> {
  const { machine, around } = self;
  const epoch = machine.tags[machineTags.epoch];
  const proof = await around.proofOf(machine);
  const about = { proof, facts: { ...facts, os: 'macos 15.6', arch: 'arm64' } };
  const { work, next, seconds = 5 } = await say(self, 'claim', { ...about, ...(epoch && { epoch }) });
  if (work) {
    self.runner = work.jitConfig.replace('jit of ', '');
    around.hub.connect(self.runner, { take: (job) => take(self, job) });
    return enter(self, 'idle');
  }
  // A Mac never ends by itself: it asks again, whatever it was told.
  enter(self, next === 'shutdown' ? 'silent' : 'boots', seconds * 1000);
}

function take(self: Self, job: string): void {
  self.job = job;
  enter(self, 'taken', 0);
}

async function begin(self: Self): Promise<void> {
  const { hub, now, isTrusted } = self.around;
  const { runId, name, runAttempt } = hub.job(self.job);
  const { repository = 'film/color', minutes = 5, root } = hub.wishOf(self.job);
  const { allow } = await say(self, 'job', { repository, runId, runAttempt, job: name });
  if (!allow) return finish(self, 'failure');
  hub.begin(self.job);
  self.tenants.push({ job: self.job, repository, trusted: isTrusted(self.job) });
  self.endsAt = now() + minutes * 60_000;
  enter(self, root ? 'silent' : 'works');
}

async function live(self: Self): Promise<void> {
  const { state } = self;
  const { next } = await say(self, 'progress', { busy: state === 'works' });
  if (next !== 'shutdown' || state === 'works') return enter(self, state);
  self.around.hub.disconnect(self.runner);
  enter(self, 'silent');
}

async function finish(self: Self, conclusion: string): Promise<void> {
  self.around.hub.end(self.job, conclusion);
  self.endsAt = Number.POSITIVE_INFINITY;
  if (self.state !== 'silent') await stay(self);
}

/** Its job is over: it says so until it is wiped, or ended. */
async function stay(self: Self): Promise<void> {
  const { next, seconds = 30 } = await say(self, 'finished', { exitCode: 0 });
  enter(self, next === 'shutdown' ? 'silent' : 'over', seconds * 1000);
}

/** Whoever is on it ends with it: GitHub fails the job. */
function vanish(self: Self): void {
  const { hub } = self.around;
  hub.disconnect(self.runner);
  if (self.job && hub.job(self.job).status === 'in_progress') hub.end(self.job, 'failure');
  enter(self, 'silent');
}
