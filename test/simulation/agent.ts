// A simulated agent: boots, claims, runs its runner, sends heartbeats, and ends its machine. Its calls may
// be lost.
import { createHash } from 'node:crypto';
import type { ClaimAnswer, Work } from '../../shared/contract/claim.ts';
import { claim } from '../../shared/operations/claim.ts';
import type { Ports } from '../../shared/operations/ports.ts';
import { finished, progress, startJob } from '../../shared/operations/progress.ts';
import type { Spoken } from '../../shared/operations/speaker.ts';
import type { Machine, SimulatedCloud } from './cloud.ts';
import type { SimulatedGitHub, SimulatedJob } from './github.ts';
import { minute, second } from './time.ts';
import type { Process, World } from './world.ts';

interface Surroundings {
  world: World;
  github: SimulatedGitHub;
  cloud: SimulatedCloud;
  /** The ports of a new function run. */
  ports(process: Process): Ports;
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
type Call = <T>(
  what: string,
  run: (ports: Ports) => Promise<Spoken<T>>,
  tries: number,
) => Promise<T | undefined>;

/**
 * A call over HTTPS: a new function run that may die; the request or the answer may be lost; then it is
 * repeated.
 */
function caller({ world, ports }: Surroundings, process: Process): Call {
  const once = <T>(what: string, run: (ports: Ports) => Promise<Spoken<T>>): Promise<T | undefined> =>
    new Promise((resolve) => {
      world.time.after(35 * second, () => resolve(undefined));
      if (world.faulty(world.faults.http)) return;
      const lambda = world.process(`${what} of ${process.name}`, true);
      world.time.after(30 * second, () => {
        lambda.alive = false;
      });
      run(ports(lambda)).then(
        (spoken) => {
          if (!world.faulty(world.faults.http)) resolve(spoken.status === 200 ? spoken.answer : undefined);
        },
        (error: unknown) => {
          world.say(`${what}: ${String(error)}`);
          resolve(undefined);
        },
      );
    });
  return async (what, run, tries) => {
    for (let attempt = 1; attempt <= tries && process.alive; attempt += 1) {
      const answer = await once(what, run);
      if (answer !== undefined) return answer;
      await world.time.sleep(world.chance.between(second, 4 * second) * attempt);
    }
    return undefined;
  };
}

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
