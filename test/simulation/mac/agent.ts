// The agent of a simulated Mac: claims with the tag it reads, runs one job, and waits to be wiped or ended.
import { createHash } from 'node:crypto';
import type {
  ClaimAnswer,
  FinishedAnswer,
  JobAnswer,
  ProgressAnswer,
  Work,
} from '../../../shared/contract/claim.ts';
import { machineTags } from '../../../shared/contract/machine.ts';
import { jobWords } from '../github/records.ts';
import type { SimulatedGitHub, SimulatedJob } from '../github.ts';
import { type Call, caller, type Service } from '../https.ts';
import { minute, second } from '../time.ts';
import { broken, type Process } from '../world.ts';
import { jobLimitMinutes } from './config.ts';
import { touch } from './disks.ts';
import { isUp, type Mac } from './macs.ts';
import { steal } from './thief.ts';

export interface Surroundings extends Service {
  github: SimulatedGitHub;
  /** Jobs that betray the machine: they steal all it knows, or say that they are over while they run. */
  betrays(job: SimulatedJob): 'steals' | 'denies' | undefined;
  /** Is this key on record as that of the machine's agent? */
  holdsKey(mac: Mac, key: string): boolean;
}

/** One boot of a Mac. */
export interface Boot {
  at: Surroundings;
  mac: Mac;
  process: Process;
  call: Call;
  who: { builder: string; launch: string; key: string };
}

/** Asked again after a refusal, or no answer. */
const napMs = 40 * second;

const facts = { os: 'macos 15', arch: 'arm64', agent: '1', bootSeconds: 60, gpus: [] };

/** Runs the agent of a Mac from one boot to the next, or to the end. */
export async function runMacAgent(at: Surroundings, mac: Mac): Promise<void> {
  const { world } = at;
  const process = world.process(`agent ${mac.id}.${mac.wipes}`, false);
  mac.agent = process;
  const key = createHash('sha256').update(`${mac.id} ${mac.wipes}`).digest('hex');
  const boot = { at, mac, process, call: caller(at, process, mac.address), who: { ...nameOf(mac), key } };
  if (mac.unfit) return giveUp(boot);
  const work = await claimWork(boot);
  if (!work) return;
  if (world.faulty(world.faults.wedged)) return world.say(`agent ${mac.id} hangs`);
  const exitCode = await serve(boot, work);
  await waitForTheEnd(boot, exitCode);
}

export const nameOf = ({ id, launch }: Mac) => ({ builder: id, launch });

/** The machine has found that it is not fit for work. It stays on. */
async function giveUp({ call, who }: Boot): Promise<void> {
  const failure = { proof: 'true', why: 'no room on its disk', log: 'the end of its log' };
  await call<ProgressAnswer>('progress', { ...who, busy: false, failure }, 4);
}

/** Asks for ever: the machine never ends by itself. */
async function claimWork({ at: { world }, mac, process, call, who }: Boot): Promise<Work | undefined> {
  while (process.alive) {
    const { [machineTags.epoch]: epoch } = mac.tags;
    const request = { ...who, proof: 'true', facts, ...(epoch !== undefined && { epoch }) };
    const answer = await call<ClaimAnswer>('claim', request, 1);
    // A machine without work is told to ask again in 20 seconds; all other waits are shorter.
    mac.waits = answer !== undefined && 'seconds' in answer && answer.seconds === 20;
    if (answer && 'work' in answer) return answer.work;
    if (answer?.next === 'shutdown') return undefined;
    await world.time.sleep(answer ? answer.seconds * second : napMs + world.chance.between(0, 5 * second));
  }
  return undefined;
}

/** The runner on a machine, as its agent sees it. */
interface Runner {
  name: string;
  state: 'idle' | 'busy' | 'over';
  /** Called when it is over. */
  wake: () => void;
}

/** Runs the runner until its job is over, or the agent ends it. Answers its exit status. */
async function serve(boot: Boot, work: Work): Promise<number> {
  const { at, mac, process } = boot;
  const { time, chance } = at.world;
  const runner: Runner = { name: work.jitConfig, state: 'idle', wake: () => undefined };
  mac.runner = runner.name;
  mac.limitAt = time.now() + jobLimitMinutes * minute;
  await time.sleep(chance.between(second, 4 * second));
  const connected = at.github.connect(runner.name, {
    onJob: (job) => askLeave(boot, runner, job),
    onEnd() {
      mac.busyWith = undefined;
      runner.state = 'over';
      runner.wake();
    },
    alive: () => isUp(mac) && process.alive,
  });
  if (connected) await beat(boot, runner, work.deadline * second);
  mac.busyWith = undefined;
  return connected ? 0 : 1;
}

/** The runner's hook asks whether the job may run here. */
async function askLeave(boot: Boot, runner: Runner, job: SimulatedJob): Promise<boolean> {
  runner.state = 'busy';
  const request = { ...boot.who, repository: job.repository, ...jobWords(job) };
  const answer = await boot.call<JobAnswer>('job', request, 1);
  const isAllowed = answer?.allow === true && boot.process.alive;
  if (isAllowed) begin(boot, job);
  return isAllowed;
}

/** Says each half minute that it lives, until its runner is over, or it ends that. */
async function beat({ at, mac, process, call, who }: Boot, runner: Runner, deadline: number): Promise<void> {
  const { github, world } = at;
  const { time } = world;
  const isOver = (): boolean => runner.state === 'over' || !process.alive;
  const isIdle = (): boolean => runner.state === 'idle';
  let heardAt = time.now();
  while (!isOver()) {
    const busy = !isIdle();
    const answer = await call<ProgressAnswer>('progress', { ...who, busy }, 1);
    if (answer) heardAt = time.now();
    const isLost = answer?.next === 'shutdown' || time.now() - heardAt > 10 * minute;
    if ((isIdle() && isLost) || mac.denies || time.now() > deadline) {
      if (isIdle()) github.runners.delete(runner.name);
      else if (!isOver()) github.lost(runner.name);
      return;
    }
    await new Promise<void>((resolve) => {
      runner.wake = resolve;
      time.after(isOver() ? 0 : 30 * second, resolve);
    });
  }
}

/** The first step of the job runs. */
function begin(boot: Boot, job: SimulatedJob): void {
  const { at, mac } = boot;
  mac.busyWith = job.id;
  touch(at.world, mac, job);
  const betrayal = at.betrays(job);
  if (betrayal === undefined) return;
  mac.denies = betrayal === 'denies';
  void steal(boot).catch(broken(at.world, 'thief'));
}

/** After its job it stays on: it says so again as often as it is told. */
async function waitForTheEnd(
  { at: { world }, mac, process, call, who }: Boot,
  exitCode: number,
): Promise<void> {
  while (process.alive) {
    const answer = await call<FinishedAnswer>('finished', { ...who, exitCode }, 4);
    mac.denies = false;
    if (answer?.next === 'shutdown') return;
    await world.time.sleep(answer ? answer.seconds * second : napMs);
  }
}
