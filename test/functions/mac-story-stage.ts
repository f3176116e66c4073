// The stage of stories on Macs: the real handlers over the real provider, hosts and proofs, whose cloud is
// the stand-in with EC2's rules for hosts, in virtual time. Machines, GitHub and the reaper's clock go on by
// themselves.
import { createApi } from '../../functions/api/api.ts';
import { createBuilderApi } from '../../functions/builder-api/builder-api.ts';
import { createCloudEvents } from '../../functions/cloud-events/cloud-events.ts';
import { ec2Events } from '../../functions/cloud-events/ec2.ts';
import { createDispatcher } from '../../functions/dispatcher/dispatcher.ts';
import { createReaper } from '../../functions/reaper/reaper.ts';
import { createWebhook } from '../../functions/webhook/webhook.ts';
import { machineTags } from '../../shared/contract/machine.ts';
import type { HostView } from '../../shared/contract/view.ts';
import { hostRulesOf } from '../../shared/operations/hosts-view.ts';
import type { Ports } from '../../shared/operations/ports.ts';
import type { MacRung } from '../../shared/policy/config.ts';
import { projectOf } from '../../shared/policy/route.ts';
import type { PoolInput, ProjectInput } from '../../shared/policy/schema.ts';
import { recordFacts } from '../../shared/runtime/webhook.ts';
import { type Stage, stage } from '../operations/fakes.ts';
import { type Ec2StandIn, ec2StandIn } from '../stand-ins/ec2/stand-in.ts';
import type { Machine } from '../stand-ins/ec2/world.ts';
import { emptyEvent, ringsOf, sweptTillNow } from './crew.ts';
import { stateChange } from './ec2-crew.ts';
import { builderApiPorts, callerOf, callsTo, proofOf } from './ec2-story-cloud.ts';
import { type Hub, hubIn, type Wish, webhookSecret } from './ec2-story-hub.ts';
import { calm, type Peril } from './ec2-story-peril.ts';
import { type Post, postIn } from './ec2-story-post.ts';
import { dispatcherPorts, epochs, macCallsTo, reaperPorts } from './mac-story-cloud.ts';
import { type Mac, macOf } from './mac-story-machine.ts';
import { type Watch, watchOf } from './mac-story-watch.ts';

export const minute = 60_000;
export const hour = 60 * minute;
const tickMs = 10_000;
/** How long SQS hides the rings of a dispatcher that died. */
const hiddenMs = minute;

export const home = 'us-east-1';
export const zones = [`${home}a`, `${home}b`] as const;

export interface MacFilm extends Pick<Stage, 'store' | 'github' | 'lines' | 'later'> {
  ports: Ports;
  ec2: Ec2StandIn;
  hub: Hub;
  post: Post;
  /** Every machine that ever was, by its id. */
  macs: Map<string, Mac>;
  /** What must not be, and was. */
  watch: Watch;
  /** What befalls the dispatcher, until it dies of it. */
  peril: Peril;
  /** What sweeps could not do. */
  problems: string[];
  /** `fork`: it is of a pull request from a fork. */
  queue(id: string, wish?: Wish & { fork?: boolean }): void;
  /** GitHub ends a job that waits. */
  cancel(id: string): void;
  /** What `/api/hosts` shows to a reader with the token. */
  shown(): Promise<HostView[]>;
  /** Plays until it holds. Throws when it does not within `withinMs`. */
  until(what: string, holds: () => boolean | Promise<boolean>, withinMs?: number): Promise<void>;
  play(ms: number): Promise<void>;
  close(): Promise<void>;
}

export interface MacChanges {
  rung?: Partial<MacRung>;
  pool?: Partial<PoolInput>;
  /** Of the first project. */
  color?: Partial<ProjectInput>;
}

/**
 * One pool with hosts of two families in two zones, for two projects. Jobs have an hour, Macs stay for 20
 * minutes.
 */
export async function macFilm({ rung, pool, color }: MacChanges = {}): Promise<MacFilm> {
  const families: MacRung['families'] = ['mac2', 'mac2-m2'];
  const forks = pool?.trustedOnly === false ? ('github-approved' as const) : ('never' as const);
  const project = { pools: ['mac'], maxUsdPerDay: 1000, forks };
  const on = stage({
    aws: { region: home, regions: { [home]: { zones: [...zones] } } },
    pools: {
      mac: {
        ...{
          labels: ['mac'],
          os: 'macos',
          arch: 'arm64',
          trustedOnly: true,
          maximum: 2,
          jobLimitMinutes: 60,
        },
        ladder: [{ provider: 'mac', families, stayMinutes: 20, ...rung }],
        ...pool,
      },
    },
    projects: {
      color: { ...project, repositories: ['film/color'], ...color },
      volume: { ...project, repositories: ['film/volume'] },
    },
    maxUsdPerDay: 1000,
  });
  const { now } = on.ports.clock;
  const post = postIn(now);
  const rings: number[] = [];
  const ring = async (): Promise<void> => {
    const sentAt = now();
    post.send(async () => void rings.push(sentAt));
  };
  const ports = { ...on.ports, bell: { ring }, epochs };
  const cloudEvents = createCloudEvents(ports, ec2Events(ports.config));
  const macs = new Map<string, Mac>();
  const ec2 = await ec2StandIn({
    now,
    installation: 'test',
    zones: { [home]: zones },
    onReset: ({ id }) => macs.get(id)?.wipe(),
    onState: ({ id, state }) => {
      const event = stateChange(id, state, { time: new Date(now()).toISOString() });
      if (state !== 'pending' && state !== 'running') post.send(() => cloudEvents(event));
    },
  });
  Object.assign(ec2.hostTimes, { stopMs: 10 * minute, scrubMs: 50 * minute, resetMs: 12 * minute });
  return directed(on, { ports, post, rings, ec2, macs });
}

type Set = Pick<MacFilm, 'ports' | 'post' | 'ec2' | 'macs'> & { rings: number[] };

async function directed(on: Stage, { ports, post, rings, ec2, macs }: Set): Promise<MacFilm> {
  const { store, github, lines, later } = on;
  const { now } = ports.clock;
  const calls = macCallsTo(ec2.url);
  const deliver = delivererOf(ports);
  const hub = hubIn({
    ...{ github, now, send: (event) => post.send(() => deliver(event)) },
    serves: (scope, repository) => scope === `group/film/callsheet-${projectOf(ports.config, repository)}`,
  });
  const film: MacFilm = {
    ...{ ports, store, github, lines, later, ec2, hub, post, macs, close: ec2.close },
    watch: watchOf({ ec2, hub: github, macs, now }),
    peril: calm,
    problems: [],
    queue(id, { fork = false, ...wish } = {}) {
      const runId = `9${id}`;
      if (fork) github.events.set(runId, { event: 'pull_request', headRepositoryId: '2' });
      hub.queue(id, { labels: ['mac'], runId, ...wish });
    },
    cancel: (id) => hub.end(id, 'cancelled'),
    shown: viewer(ports, store),
    async until(what, holds, withinMs = 4 * hour) {
      for (const end = now() + withinMs; !(await holds()); await tick())
        if (now() >= end) throw new Error(`it did not come: ${what}`);
    },
    async play(ms) {
      for (const end = now() + ms; now() < end; ) await tick();
    },
  };
  const api = createBuilderApi(await builderApiPorts(ports, callsTo(ec2.url)));
  const isTrusted = (job: string): boolean => github.events.get(hub.job(job).runId) === undefined;
  const around = { hub, now, proofOf, isTrusted, call: callerOf(api) };
  const answerRings = ringer(film, rings, (gate) => createDispatcher(dispatcherPorts(ports, calls, gate)));
  const sweep = sweeper(film, createReaper(reaperPorts(ports, calls)));
  async function tick(): Promise<void> {
    later(tickMs);
    ec2.tick();
    await post.arrive();
    hub.assign();
    for (const machine of ec2.machines().filter(isOurs))
      if (!macs.has(machine.id)) macs.set(machine.id, macOf(around, machine));
    for (const mac of macs.values()) await mac.act();
    await answerRings();
    await sweep();
    film.watch.look();
  }
  return film;
}

/** Others have no agent. */
const isOurs = ({ tags }: Machine): boolean => machineTags.launch in tags;

function delivererOf(ports: Ports) {
  const { config, log } = ports;
  const record = async () => recordFacts(ports, config);
  const webhook = createWebhook({ config, secrets: async () => [webhookSecret], record, log });
  return async (event: Parameters<typeof webhook>[0]): Promise<void> => {
    const { statusCode, body } = await webhook(event);
    if (statusCode !== 202) throw new Error(`a delivery was answered ${statusCode}: ${body}`);
  };
}

function viewer({ config, clock }: Ports, store: Stage['store']): MacFilm['shown'] {
  return async () => {
    // A new one each time: it keeps its answers for some seconds.
    const parts = { installation: 'test', pools: ['mac'], hostRules: hostRulesOf(config) };
    const api = createApi({ ...parts, ...store, clock, log: () => undefined });
    return JSON.parse((await api({ ...emptyEvent, rawPath: '/api/hosts' })).body ?? '');
  };
}

/** Passes that may follow one another at once. */
const mostPasses = 12;

/** Answers the rings that have come, one pass at a time. A dispatcher that dies leaves its rings hidden. */
function ringer(
  film: MacFilm,
  rings: number[],
  start: (gate: Peril['around']) => ReturnType<typeof createDispatcher>,
): () => Promise<void> {
  const { post, ports } = film;
  const fresh = () => start((call, work) => film.peril.around(call, work));
  let dispatcher = fresh();
  return async () => {
    for (let passes = 0; passes < mostPasses; passes += 1) {
      await post.arrive();
      if (rings.length === 0) return;
      const answered = rings.splice(0);
      await dispatcher(ringsOf(answered.map((sentAt) => JSON.stringify({ pool: 'mac', sentAt }))));
      if (!film.peril.isOver()) continue;
      film.peril = calm;
      dispatcher = fresh();
      post.sendAt(ports.clock.now() + hiddenMs, async () => void rings.push(...answered));
    }
  };
}

/** The reaper, each minute. */
function sweeper({ ports, problems }: MacFilm, reaper: () => Promise<void>): () => Promise<void> {
  const { now } = ports.clock;
  let next = now() + minute;
  return async () => {
    if (now() < next) return;
    next = now() + minute;
    await sweptTillNow(ports);
    await reaper().catch((error: unknown) => void problems.push(String(error)));
  };
}
