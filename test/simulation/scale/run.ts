// One world of scale, from its first job until all have been served: what it asked of everybody.
import { minute } from '../time.ts';
import { createWorld, noFaults, type World } from '../world.ts';
import { type Demand, drawnDemand, startDemand } from './demand.ts';
import { meterOf, type Read } from './meter.ts';
import { shareOfOwn } from './share.ts';
import { startScale } from './stage.ts';

export interface Settings extends Demand {
  seed: number;
  /** Default: `port`. */
  storage?: 'port' | 'wire';
  /** Of heartbeats some are only counted. Default: where there are more than a few thousand jobs. */
  thin?: boolean;
  /** Hears how many jobs have been served, each virtual minute. */
  progress?: (served: number) => void;
}

export interface Passed {
  jobs: number;
  served: number;
  machines: number;
  /** By the minute in which jobs were queued: how long each waited, in minutes. */
  waits: { queuedAt: number; minutes: number }[];
  /** By the minute: how many machines lived. */
  live: number[];
  meter: Read;
  /** Passes: ms that each took, and sweeps. */
  passes: number[];
  sweeps: number[];
  /** What the functions reported as wrong, by its beginning. */
  complaints: Map<string, number>;
  violations: string[];
  virtualMs: number;
  /** CPU of Callsheet's own code. */
  ownCpuMs: number;
}

/** Jobs are stolen, and runners, as they are among projects that share runners. */
const theft = 0.01;

const start = Date.UTC(2026, 10, 23);
const longest = 40 * 60 * minute;

const mostWhole = 3000;

/** Runs the world, and finds how much of its CPU time was Callsheet's own. */
export async function runScale(settings: Settings): Promise<Passed> {
  const began = process.cpuUsage();
  const { result, share } = await shareOfOwn(() => passWorld(settings));
  const { user, system } = process.cpuUsage(began);
  return { ...result, ownCpuMs: (share * (user + system)) / 1000 };
}

async function passWorld({
  seed,
  shape,
  jobs,
  storage = 'port',
  thin = jobs > mostWhole,
  progress,
}: Settings): Promise<Omit<Passed, 'ownCpuMs'>> {
  const whole = createWorld(seed, { ...noFaults, thief: theft }, start, start + longest);
  const world: World = { ...whole, say: () => undefined };
  const meter = meterOf(world.time.now);
  const logs = listening();
  const service = startScale(world, { meter, storage, thin, end: start + longest, log: logs.hear });
  const demand = drawnDemand(world, { shape, jobs });
  startDemand(world, service.github, demand);
  const live: number[] = [];
  let waiting = demand.map(({ job }) => job);
  let end = start;
  for (let isOver = false; !isOver && end < start + longest; ) {
    end += minute;
    await world.time.runUntil(end);
    live.push(service.living());
    waiting = waiting.filter((job) => job.state !== 'done');
    const served = jobs - waiting.length;
    progress?.(served);
    isOver = waiting.length === 0 && service.living() === 0;
  }
  return {
    ...{ jobs, served: jobs - waiting.length, machines: service.cloud.machines.size, live, meter },
    waits: demand.flatMap(({ job: { queuedAt, startedAt } }) =>
      startedAt === undefined
        ? []
        : [{ queuedAt: queuedAt - start, minutes: (startedAt - queuedAt) / minute }],
    ),
    ...{ passes: logs.passes, sweeps: logs.sweeps, complaints: logs.complaints },
    ...{ violations: world.violations, virtualMs: end - start },
  };
}

/** What the functions log: how long passes and sweeps take, and what goes wrong. */
function listening() {
  const passes: number[] = [];
  const sweeps: number[] = [];
  const complaints = new Map<string, number>();
  const complain = (what: string): void =>
    void complaints.set(what.slice(0, 110), (complaints.get(what.slice(0, 110)) ?? 0) + 1);
  return {
    ...{ passes, sweeps, complaints },
    hear({ unit, outcome, ms, why, problems, level }: Record<string, unknown>): void {
      if (unit === 'pass' && outcome === 'finished') passes.push(Number(ms));
      if (unit === 'sweep' && outcome !== 'skipped') sweeps.push(Number(ms));
      if (unit === 'pass' && outcome !== 'finished' && outcome !== 'skipped')
        complain(`pass ${outcome}: ${why}`);
      if (level === 'error' && unit !== 'pass') complain(`${unit} ${outcome}: ${why}`);
      if (Array.isArray(problems)) for (const problem of problems) complain(`sweep: ${problem}`);
    },
  };
}
