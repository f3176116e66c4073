// Callsheet's real procedures over memory, a market of EC2 machines and a world without faults: every call is
// counted.
import { dispatch, type PassOutcome } from '../../shared/operations/pass.ts';
import type { Ports } from '../../shared/operations/ports.ts';
import { recordEnded, recordJob } from '../../shared/operations/record.ts';
import { factOf } from '../../shared/operations/verify.ts';
import { route } from '../../shared/policy/route.ts';
import { type ConfigInput, parseConfig } from '../../shared/policy/schema.ts';
import { standardLimits } from '../../shared/scheduler/limits.ts';
import type { GitHubJob } from '../../shared/scheduler/ports.ts';
import type { Launch } from '../../shared/scheduler/records.ts';
import { market } from '../operations/market.ts';
import { simulatedSqs } from '../simulation/aws/sqs.ts';
import { minute, second } from '../simulation/time.ts';
import type { World } from '../simulation/world.ts';
import { memoryStore } from '../store/memory.ts';
import { runAgent } from './agent.ts';
import { hubIn, repository } from './hub.ts';
import { tallyIn, type Who } from './tally.ts';

export const pool = 'gpu';

const types = ['g4dn.xlarge', 'g6.xlarge'];
const ladder: ConfigInput['pools'][string]['ladder'] = [
  { provider: 'ec2', market: 'spot', types },
  { provider: 'ec2', types },
];
const limits = { concurrency: 1000, maxUsdPerDay: 10_000 };

const config = parseConfig({
  installation: 'bench',
  github: { appId: '1', installations: { film: '1' } },
  aws: { region: 'us-east-1' },
  pools: { [pool]: { labels: ['gpu'], os: 'linux', arch: 'x64', ladder, maximum: 1000 } },
  projects: { color: { repositories: [repository], pools: [pool], ...limits } },
  maxUsdPerDay: 10_000,
});

/** Machines boot, and their jobs run, for about as long: they come and go one after the other. */
const bootMs = (nth: number): number => 30 * second + (nth % 200) * 100;
const runMs = (nth: number): number => 3 * minute + (nth % 120) * second;
const goneMs = 5 * second;

export function stageIn(world: World) {
  const { time } = world;
  const store = memoryStore();
  const tally = tallyIn(time);
  const cloud = market(config, time.now);
  const hub = hubIn(time, (job) => void webhook(portsOf('webhook'), job));
  const passes: Record<PassOutcome, number> = { finished: 0, skipped: 0, abandoned: 0 };
  const launches: Launch[] = [];
  let machines = 0;

  const ring = bellOf(world, async (sentAt) => {
    passes[await dispatch(portsOf('dispatcher'), pool, sentAt)] += 1;
  });

  /** Boots the machine, runs its agent, and tells when it is gone. */
  const live = async (id: string, launch: string, nth: number): Promise<void> => {
    await time.sleep(bootMs(nth));
    await runAgent({ time, hub, ports: portsOf('builder-api') }, { id, launch, runMs: runMs(nth) });
    await time.sleep(goneMs);
    cloud.end(id);
    for (const state of ['shutting-down', 'terminated'])
      await recordEnded(portsOf('cloud-events'), { id, pools: [pool] }, `its instance is ${state}`);
  };
  const provider = {
    ...cloud,
    launch: async (launch: Launch) => {
      const result = await cloud.launch(launch);
      launches.push(launch);
      for (const id of result.started) void live(id, launch.id, machines++);
      return result;
    },
  };
  const portsOf = (who: Who): Ports => ({
    config,
    standard: standardLimits,
    open: tally.table(who, store.open),
    history: tally.table(who, store.history),
    bell: { ring: () => tally.call(who, 'rings', ring) },
    clock: { now: time.now, sleep: time.sleep },
    github: tally.gitHub(who, hub.ports),
    providers: { ec2: tally.provider(who, provider) },
    proofs: { verify: () => Promise.resolve({}) },
    log: () => undefined,
  });
  return { store, tally, cloud, hub, passes, launches, portsOf };
}

/** Rings in a queue, which `pass` answers. */
function bellOf(world: World, pass: (sentAt: number[]) => Promise<void>): () => void {
  const queue = simulatedSqs(world, ({ Records }) => pass(Records.map(({ body }) => Number(body))));
  let rings = 0;
  return () => {
    rings += 1;
    queue.push({ group: pool, id: String(rings), body: String(world.time.now()) });
  };
}

async function webhook(ports: Ports, job: GitHubJob): Promise<void> {
  const seat = route(config, { repository, labels: job.labels });
  const startedAt = job.status === 'queued' ? undefined : ports.clock.now();
  if (seat.kind === 'pool') await recordJob(ports, { ...factOf(repository, job), startedAt }, seat);
}
