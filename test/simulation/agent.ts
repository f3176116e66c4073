// A simulated agent: boots, claims, runs its runner, sends heartbeats, and ends its machine. Its calls may
// be lost; it may hang; some lie, and some jobs kill it.
import { createHash } from 'node:crypto';
import type { ClaimAnswer, JobAnswer, ProgressAnswer, Work } from '../../shared/contract/claim.ts';
import type { Machine, SimulatedCloud } from './cloud.ts';
import { jobWords } from './github/records.ts';
import type { SimulatedGitHub, SimulatedJob } from './github.ts';
import { type Call, caller, type Service } from './https.ts';
import { type Lie, liarOf, type Runner } from './lies.ts';
import { minute, second } from './time.ts';
import type { Process } from './world.ts';

interface Surroundings extends Service {
  github: SimulatedGitHub;
  cloud: SimulatedCloud;
}

/** The agent of one machine. */
export interface Agent {
  at: Surroundings;
  machine: Machine;
  process: Process;
  call: Call;
  who: { builder: string; launch: string; key: string };
  proof: string;
  lie: Lie | undefined;
  /** It says nothing for a while, and then goes on; or never again. */
  hangs: Hang | undefined;
}

const hangs = ['before its claim', 'after its claim', 'while its runner runs'] as const;
type Hang = { when: (typeof hangs)[number]; ms: number };

export const facts = { os: 'linux', arch: 'x64', agent: '1', bootSeconds: 1, gpus: [] };

/** It ends when Callsheet has not answered for so long and no job runs. */
const lostMs = 10 * minute;

/** The runner's hook asks twice, each time for so long. No answer counts as no. */
const hookMs = 10 * second;

/** Runs the agent of a machine to its end. */
export async function runAgent(at: Surroundings, machine: Machine): Promise<void> {
  const agent = newAgent(at, machine);
  const { world, cloud } = at;
  const { process, lie } = agent;
  if (lie) world.say(`agent ${machine.id} lies: ${lie.kind}`);
  if (machine.unfit) await giveUp(agent);
  else {
    await hang(agent, 'before its claim');
    const work = await claimWork(agent);
    if (work) await hang(agent, 'after its claim');
    if (work && process.alive) await serve(agent, work);
  }
  await world.time.sleep(world.chance.between(second, 5 * second));
  if (process.alive) cloud.die(machine, 'ended itself');
}

function newAgent(at: Surroundings, machine: Machine): Agent {
  const { world } = at;
  const { chance, faults, faulty } = world;
  const process = world.process(`agent ${machine.id}`, false);
  machine.agent = process;
  const forMs = (): number => (chance.chance(0.4) ? Number.POSITIVE_INFINITY : chance.between(1, 8) * minute);
  return {
    ...{ at, machine, process },
    call: caller(at, process),
    who: {
      builder: machine.id,
      launch: machine.launch,
      key: createHash('sha256').update(machine.id).digest('hex'),
    },
    proof: machine.proof ?? 'true',
    lie: faulty(faults.lies) ? liarOf(world) : undefined,
    hangs: faulty(faults.wedged) ? { when: chance.pick(hangs), ms: forMs() } : undefined,
  };
}

/** Hangs now, if this is when it does. One that hangs for ever is only ended from outside. */
async function hang({ at: { world }, machine, hangs }: Agent, when: Hang['when']): Promise<void> {
  if (hangs?.when !== when) return;
  const isForever = hangs.ms === Number.POSITIVE_INFINITY;
  world.say(`agent ${machine.id} hangs ${when}${isForever ? ' for ever' : ''}`);
  await (isForever ? new Promise(() => undefined) : world.time.sleep(hangs.ms));
}

/** The machine has found that it is not fit for work. */
async function giveUp({ call, who, proof }: Agent): Promise<void> {
  const failure = { proof, why: 'no driver', log: 'the end of its log' };
  await call('progress', { ...who, busy: false, failure }, 12);
}

async function claimWork({
  at: { world },
  process,
  call,
  who,
  proof,
  lie,
}: Agent): Promise<Work | undefined> {
  for (let attempt = 0; attempt < 200 && process.alive; attempt += 1) {
    const answer = await call<ClaimAnswer>('claim', { ...who, proof, facts }, 12);
    if (!answer) return undefined;
    if ('work' in answer) {
      await lie?.afterClaim(call, { ...who, proof });
      return answer.work;
    }
    if (answer.next === 'shutdown') return undefined;
    await world.time.sleep(answer.seconds * second);
  }
  return undefined;
}

/** Runs the runner until its job is over, or the agent ends it, and says so. */
async function serve(agent: Agent, work: Work): Promise<void> {
  const { at, machine, process, call, who, lie } = agent;
  const { time, chance } = at.world;
  const runner: Runner = { name: work.jitConfig, state: 'idle', wake: () => undefined };
  machine.runner = runner.name;
  await time.sleep(chance.between(second, 4 * second));
  const connected = at.github.connect(runner.name, {
    onJob: (job) => askLeave(agent, runner, job),
    onEnd: () => end(agent, runner),
    alive: () =>
      machine.quietAt === undefined && runner.state !== 'over' && (process.alive || machine.rooted),
  });
  const exitCode = connected ? await beat(agent, runner, work.deadline * second) : 1;
  if (!process.alive) return;
  end(agent, runner);
  if (lie?.isNeverFinished) await new Promise(() => undefined);
  await call('finished', { ...who, exitCode }, 4);
}

/** The runner has exited, or was ended. */
function end({ at, machine }: Agent, runner: Runner): void {
  if (machine.busyWith) Object.assign(machine, { busyWith: undefined, jobEndedAt: at.world.time.now() });
  runner.state = 'over';
  runner.wake();
}

/** The runner's hook asks whether the job may run here. */
async function askLeave(agent: Agent, runner: Runner, job: SimulatedJob): Promise<boolean> {
  const { at, machine, process, call, who } = agent;
  const { time, breaks } = at.world;
  runner.state = 'busy';
  Object.assign(machine, { busyWith: job.id, busySince: time.now() });
  const request = { ...who, repository: job.repository, ...jobWords(job) };
  const ask = (): Promise<JobAnswer | undefined> =>
    Promise.race([call<JobAnswer>('job', request, 1), time.sleep(hookMs).then(() => undefined)]);
  const answer = (await ask()) ?? (await ask());
  const isAllowed = answer?.allow === true && process.alive;
  if (!isAllowed) return false;
  if (machine.ran.length > 0) breaks(`job ${job.id} runs on ${machine.id}, where job ${machine.ran} ran`);
  machine.ran.push(job.id);
  beginJob(agent, job);
  return true;
}

/** The first step of the job runs: some are root, and kill all that is ours on the machine. */
function beginJob({ at: { world }, machine, process }: Agent, job: SimulatedJob): void {
  const { time, chance, faults, faulty } = world;
  if (!faulty(faults.rootJob)) return;
  time.after(chance.between(0, job.runMs), () => {
    if (machine.busyWith !== job.id) return;
    world.say(`job ${job.id} kills the agent of ${machine.id}`);
    machine.rooted = true;
    process.alive = false;
  });
}

/** Says each half minute that it lives, until its runner is over, or it ends that. Answers an exit status. */
async function beat(agent: Agent, runner: Runner, deadline: number): Promise<number> {
  const { at, machine, process, call, who, lie } = agent;
  const { time } = at.world;
  const isOver = (): boolean => runner.state === 'over' || !process.alive;
  let heardAt = time.now();
  while (!isOver()) {
    const isIdle = runner.state === 'idle';
    const busy = lie?.isBusy(machine, runner) ?? !isIdle;
    const answer = await call<ProgressAnswer>('progress', { ...who, busy }, 1);
    if (answer) heardAt = time.now();
    await lie?.whileItRuns(call, agent, runner);
    if (time.now() > deadline) return 143;
    if (runner.state === 'idle' && answer?.next === 'shutdown') return 0;
    if (runner.state === 'idle' && time.now() - heardAt > lostMs) return 143;
    await hang(agent, 'while its runner runs');
    await new Promise<void>((resolve) => {
      runner.wake = resolve;
      time.after(isOver() ? 0 : 30 * second, resolve);
    });
  }
  return 0;
}
