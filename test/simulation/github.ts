// A simulated GitHub behind its own wire: any fitting runner gets any fitting job; deliveries are lost,
// repeated, late; busy is stale; limits refuse; jobs are stolen.
import { gitHub } from '../../shared/github/github.ts';
import type { GitHub } from '../../shared/scheduler/ports.ts';
import { finish, match } from './github/assignment.ts';
import { simulatedClient } from './github/client.ts';
import { simulatedDeliveries } from './github/deliveries.ts';
import { type Inside, registrations } from './github/inside.ts';
import { jobLine } from './github/line.ts';
import { type Delivery, type RunnerLife, runIdOf, runnerIn, type SimulatedJob } from './github/records.ts';
import { cancel, deleteRepository, queue, rerun } from './github/runs.ts';
import { type GitHubSettings, usualSettings } from './github/settings.ts';
import { loseToOthers, stealFor } from './github/thief.ts';
import { simulatedWire } from './github/wire.ts';
import { minute } from './time.ts';
import type { Process, World } from './world.ts';

export type { Delivery, SimulatedJob };

/** The first number that this GitHub gives: what worlds number themselves lies below. */
const firstId = 5_000_000_000;

/** Makes a GitHub. `deliver` brings a delivery to the webhook and answers whether it was taken. */
export function simulatedGitHub(
  world: World,
  deliver: (delivery: Delivery) => Promise<boolean>,
  settings: GitHubSettings = usualSettings,
) {
  let ids = firstId;
  const line = jobLine(settings.covers);
  const inside: Inside = {
    ...{ world, line, settings: { ...usualSettings, ...settings } },
    ...{ jobs: new Map(), runs: new Map(), open: new Map(), connected: new Map() },
    ...{ uninstalled: new Map(), deleted: new Set() },
    runners: registrations(line),
    deliveries: simulatedDeliveries(world, deliver),
    nextId: () => String(ids++),
  };
  const wire = simulatedWire(inside);
  return {
    /** The registrations, by name. */
    runners: inside.runners,
    /** All jobs of the last two days: also those that GitHub has made itself (`made`), as re-runs. */
    jobs: inside.jobs,
    queue(job: SimulatedJob): void {
      queue(inside, job);
      loseToOthers(inside, job);
    },
    /** Does any job wait that a runner could have? */
    isAsked: line.isAsked,
    cancel: (job: SimulatedJob): void => cancel(inside, job),
    /** Somebody runs the job's run again. Answers the new jobs; none, if the run has not ended. */
    rerun: (job: SimulatedJob, all = false): SimulatedJob[] => rerunOf(inside, job, all),
    /** The owner uninstalls the App, for so long: no tokens, and no deliveries of what happens meanwhile. */
    uninstall: (owner: string, forMs: number): void => uninstall(inside, owner, forMs),
    deleteRepository: (repository: string): void => deleteRepository(inside, repository),
    /** A runner program has started with this configuration. False: GitHub does not accept it. */
    connect: (jitConfig: string, life: RunnerLife): boolean => connect(inside, jitConfig, life),
    /** The machine of a runner is no more: GitHub notices after ten minutes. */
    lost: (name: string): void => lost(inside, name),
    /** Made once for a process: it keeps tokens, and what GitHub has said of limits. */
    ports: (process: Process): GitHub => gitHub(simulatedClient(inside, wire, process)),
    /** What is left of each account's calls in this hour. */
    left: wire.quotas.left,
  };
}

export type SimulatedGitHub = ReturnType<typeof simulatedGitHub>;

function rerunOf(inside: Inside, job: SimulatedJob, all: boolean): SimulatedJob[] {
  const run = inside.runs.get(runIdOf(job));
  const again = run ? rerun(inside, run, all) : [];
  return typeof again === 'string' ? [] : again;
}

function uninstall({ uninstalled, world }: Inside, owner: string, forMs: number): void {
  uninstalled.set(owner, world.time.now() + forMs);
  world.say(`GitHub: ${owner} uninstalls the App for ${Math.round(forMs / minute)} minutes`);
}

/** A configuration is good for one runner at a time. */
function connect(inside: Inside, jitConfig: string, life: RunnerLife): boolean {
  const runner = inside.runners.get(jitConfig);
  if (!runner || (runner.state !== 'offline' && runner.alive())) return false;
  Object.assign(runner, { ...life, state: 'idle' });
  inside.connected.set(runner.name, runner);
  inside.line.rest(runner);
  stealFor(inside, runner.name);
  match(inside);
  return true;
}

function lost(inside: Inside, word: string): void {
  const { world, runners, connected, line } = inside;
  const name = runnerIn(word);
  const runner = connected.get(name) ?? runners.get(name);
  if (!runner) return;
  if (runner.state === 'idle') {
    runner.state = 'offline';
    line.wake(runner);
  }
  const { job } = runner;
  if (job?.state === 'running' && job.runner === name)
    world.time.after(10 * minute, () => job.runner === name && finish(inside, job, 'failure'));
}
