// An agent for the benchmark: it claims, runs one job, says each half minute that it lives, and finishes.
import { createHash } from 'node:crypto';
import { claim } from '../../shared/operations/claim.ts';
import type { Ports } from '../../shared/operations/ports.ts';
import { finished, progress, startJob } from '../../shared/operations/progress.ts';
import { second, type VirtualTime } from '../simulation/time.ts';
import { type Hub, repository, runId } from './hub.ts';

export interface Surroundings {
  time: VirtualTime;
  hub: Hub;
  /** The ports of the builder API. */
  ports: Ports;
}

interface Speaker {
  builder: string;
  launch: string;
  key: string;
}

const heartbeatMs = 30 * second;
const facts = { os: 'linux', arch: 'x64', agent: '1', bootSeconds: 1, gpus: [] };

/** Runs the agent of a machine whose job takes `runMs`, to its end. */
export async function runAgent(
  at: Surroundings,
  machine: { id: string; launch: string; runMs: number },
): Promise<void> {
  const key = createHash('sha256').update(machine.id).digest('hex');
  const who = { builder: machine.id, launch: machine.launch, key };
  const jitConfig = await claimWork(at, who);
  if (!jitConfig) return;
  await serveOne(at, who, jitConfig, machine.runMs);
  await finished(at.ports, { ...who, exitCode: 0 });
}

/** Claims until there is work; undefined: there is none any more. */
async function claimWork({ time, ports }: Surroundings, who: Speaker): Promise<string | undefined> {
  for (;;) {
    const said = await claim(ports, { ...who, proof: 'bench', facts });
    if (said.status !== 200) return undefined;
    if ('work' in said.answer) return said.answer.work.jitConfig;
    if (said.answer.next === 'shutdown') return undefined;
    await time.sleep(said.answer.seconds * second);
  }
}

async function serveOne(
  { time, hub, ports }: Surroundings,
  who: Speaker,
  jitConfig: string,
  runMs: number,
): Promise<void> {
  const runner: { state: 'idle' | 'busy' | 'over' } = { state: 'idle' };
  const isOver = (): boolean => runner.state === 'over';
  hub.connect(jitConfig, {
    async start(job) {
      runner.state = 'busy';
      await startJob(ports, { ...who, repository, runId, runAttempt: 1, job: job.name });
      return { runMs };
    },
    end: () => {
      runner.state = 'over';
    },
  });
  for (let waited = 0; !isOver(); waited += second) {
    if (waited % heartbeatMs === 0) await progress(ports, { ...who, busy: runner.state === 'busy' });
    await time.sleep(second);
  }
}
