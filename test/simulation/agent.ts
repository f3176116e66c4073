// A simulated agent: boots, claims, runs its runner, sends heartbeats, and ends its machine. Its calls may
// be lost.
import { createHash } from 'node:crypto';
import type { ClaimAnswer, Work } from '../../shared/contract/claim.ts';
import { claim } from '../../shared/operations/claim.ts';
import { finished, progress, startJob } from '../../shared/operations/progress.ts';
import type { Machine, SimulatedCloud } from './cloud.ts';
import type { SimulatedGitHub, SimulatedJob } from './github.ts';
import { type Call, caller, type Service } from './https.ts';
import { minute, second } from './time.ts';
import type { Process } from './world.ts';

interface Surroundings extends Service {
  github: SimulatedGitHub;
  cloud: SimulatedCloud;
}

/** Runs the agent of a machine to its end. */
export async function runAgent(at: Surroundings, machine: Machine): Promise<void> {
  const { world, cloud } = at;
  const process = world.process(`agent ${machine.id}`, false);
  machine.agent = process;
  const who = {
    builder: machine.id,
    launch: machine.launch,
    key: createHash('sha256').update(machine.id).digest('hex'),
  };
  const call = caller(at, process);
  const work = machine.unfit ? await giveUp(call, who) : await claimWork(at, process, call, who);
  if (work && !world.faulty(world.faults.wedged)) await serve(at, machine, process, call, who, work);
  else if (work) return world.say(`agent ${machine.id} hangs`);
  await world.time.sleep(world.chance.between(second, 5 * second));
  if (process.alive) cloud.die(machine, 'ended itself');
}

type Who = { builder: string; launch: string; key: string };

/** The machine has found that it is not fit for work. */
async function giveUp(call: Call, who: Who): Promise<undefined> {
  const failure = { proof: 'true', why: 'no driver', log: 'the end of its log' };
  await call('failure', (ports) => progress(ports, { ...who, busy: false, failure }), 12);
}

async function claimWork(
  { world }: Surroundings,
  process: Process,
  call: Call,
  who: Who,
): Promise<Work | undefined> {
  const facts = { os: 'linux', arch: 'x64', agent: '1', bootSeconds: 1, gpus: [] };
  const request = { ...who, proof: 'true', facts };
  for (let attempt = 0; attempt < 200 && process.alive; attempt += 1) {
    const answer = await call<ClaimAnswer>('claim', (ports) => claim(ports, request), 12);
    if (!answer) return undefined;
    if ('work' in answer) return answer.work;
    if (answer.next === 'shutdown') return undefined;
    await world.time.sleep(answer.seconds * second);
  }
  return undefined;
}

async function serve(
  { world, github, cloud }: Surroundings,
  machine: Machine,
  process: Process,
  call: Call,
  who: Who,
  work: Work,
): Promise<void> {
  const name = work.jitConfig;
  const runner: { state: 'idle' | 'busy' | 'over' } = { state: 'idle' };
  const isOver = (): boolean => runner.state === 'over';
  machine.runner = name;
  await world.time.sleep(world.chance.between(second, 4 * second));
  const onJob = async (job: SimulatedJob): Promise<boolean> => {
    runner.state = 'busy';
    machine.busyWith = job.id;
    const request = { ...who, repository: job.repository, runId: job.id, runAttempt: 1, job: job.id };
    const answer = await call('job', (ports) => startJob(ports, request), 1);
    return answer?.allow === true;
  };
  const onEnd = (): void => {
    machine.busyWith = undefined;
    runner.state = 'over';
  };
  const connected = github.connect(name, { onJob, onEnd, alive: () => machine.alive && process.alive });
  while (connected && !isOver() && process.alive && machine.alive) {
    const busy = runner.state === 'busy';
    const answer = await call('progress', (ports) => progress(ports, { ...who, busy }), 1);
    if (answer?.next === 'shutdown' && runner.state === 'idle') {
      github.runners.delete(name);
      break;
    }
    for (let waited = 0; waited < 30 && !isOver(); waited += 1) await world.time.sleep(second);
    if (world.time.now() - machine.startedAt > 90 * minute) cloud.die(machine, 'dead-man');
  }
  machine.busyWith = undefined;
  if (process.alive) await call('finished', (ports) => finished(ports, { ...who, exitCode: 0 }), 4);
}
