// The stage of stories on EC2: the real handlers over the real provider and proofs, whose cloud is the
// stand-in, in virtual time. Machines, GitHub and the reaper's clock go on by themselves.
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { createBuilderApi } from '../../functions/builder-api/builder-api.ts';
import { createCloudEvents } from '../../functions/cloud-events/cloud-events.ts';
import { ec2Events } from '../../functions/cloud-events/ec2.ts';
import { createDispatcher } from '../../functions/dispatcher/dispatcher.ts';
import { createReaper } from '../../functions/reaper/reaper.ts';
import { createWebhook } from '../../functions/webhook/webhook.ts';
import type { Ports } from '../../shared/operations/ports.ts';
import type { PoolInput } from '../../shared/policy/schema.ts';
import { recordFacts } from '../../shared/runtime/webhook.ts';
import { input, type Stage, stage } from '../operations/fakes.ts';
import { type Ec2StandIn, ec2StandIn } from '../stand-ins/ec2/stand-in.ts';
import { ringsOf } from './crew.ts';
import { stateChange } from './ec2-crew.ts';
import {
  builderApiPorts,
  callerOf,
  callsTo,
  dispatcherPorts,
  proofOf,
  reaperPorts,
} from './ec2-story-cloud.ts';
import { type Hub, hubIn, webhookSecret } from './ec2-story-hub.ts';
import { type Actor, actorOf, type Temper } from './ec2-story-machine.ts';
import { calm, type Peril } from './ec2-story-peril.ts';
import { type Post, postIn } from './ec2-story-post.ts';

export const minute = 60_000;
const tickMs = 5000;
/** How long SQS hides the rings of a dispatcher that died. */
const hiddenMs = minute;

export const home = 'us-east-1';
export const zones = [`${home}a`, `${home}b`];
const types = ['g4dn.xlarge', 'g6.xlarge'];

export interface Film extends Pick<Stage, 'store' | 'github' | 'lines' | 'later'> {
  ports: Ports;
  ec2: Ec2StandIn;
  hub: Hub;
  post: Post;
  /** Every machine that ever was, by its id. */
  actors: Map<string, Actor>;
  /** What is different about a machine; `nth` counts from 0. */
  temper: (nth: number) => Temper;
  /** What befalls the dispatcher, until it dies of it. */
  peril: Peril;
  /** What sweeps could not do. */
  problems: string[];
  /** Another process answers a ring that was sent just now. */
  pass(): Promise<void>;
  /** Plays until it holds. Throws when it does not within `withinMs`. */
  until(what: string, holds: () => boolean | Promise<boolean>, withinMs?: number): Promise<void>;
  play(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Spot of two types in two zones, then the same on demand. Jobs have half an hour. */
export async function film(pool: Partial<PoolInput> = {}): Promise<Film> {
  const ladder: PoolInput['ladder'] = [
    { provider: 'ec2', market: 'spot', types },
    { provider: 'ec2', types },
  ];
  const gpu = { ...input.pools.gpu, ladder, maximum: 300, jobLimitMinutes: 30, ...pool };
  const on = stage({
    aws: { region: home, regions: { [home]: { zones } } },
    pools: { ...input.pools, gpu },
    projects: { color: { ...input.projects.color, concurrency: 300, maxUsdPerDay: 1000 } },
    maxUsdPerDay: 1000,
  });
  const { now } = on.ports.clock;
  const post = postIn(now);
  const rings: number[] = [];
  const ring = async (): Promise<void> => {
    const sentAt = now();
    post.send(async () => void rings.push(sentAt));
  };
  const ports = { ...on.ports, bell: { ring } };
  const cloudEvents = createCloudEvents(ports, ec2Events(ports.config));
  const ec2 = await ec2StandIn({
    now,
    installation: 'test',
    zones: { [home]: zones },
    bootMs: 20_000,
    endMs: 10_000,
    onState: ({ id, state }) => {
      const event = stateChange(id, state, { time: new Date(now()).toISOString() });
      if (state !== 'pending' && state !== 'running') post.send(() => cloudEvents(event));
    },
  });
  return play(on, { ports, post, rings, ec2 });
}

type Set = Pick<Film, 'ports' | 'post' | 'ec2'> & { rings: number[] };

async function play(on: Stage, { ports, post, rings, ec2 }: Set): Promise<Film> {
  const { store, github, lines, later } = on;
  const { now } = ports.clock;
  const calls = callsTo(ec2.url);
  const hub = hubIn({ github, now, send: (event) => post.send(() => deliver(event)) });
  const deliver = delivererOf(ports);
  const made: Film = {
    ...{ ports, store, github, lines, later, ec2, hub, post },
    actors: new Map(),
    temper: () => ({}),
    peril: calm,
    problems: [],
    pass: () => createDispatcher(dispatcherPorts(ports, calls))(ringsSent(now())),
    async until(what, holds, withinMs = 20 * minute) {
      for (const end = now() + withinMs; !(await holds()); await tick())
        if (now() >= end) throw new Error(`it did not come: ${what}`);
    },
    async play(ms) {
      for (const end = now() + ms; now() < end; ) await tick();
    },
    close: ec2.close,
  };
  const api = createBuilderApi(await builderApiPorts(ports, calls));
  const raised = actorsOf(made, callerOf(api));
  const answerRings = ringer(made, rings, (gate) => createDispatcher(dispatcherPorts(ports, calls, gate)));
  const sweep = sweeper(made, createReaper(reaperPorts(ports, calls)));
  async function tick(): Promise<void> {
    later(tickMs);
    ec2.tick();
    await post.arrive();
    hub.assign();
    for (const actor of raised()) await actor.act();
    await answerRings();
    await sweep();
  }
  return made;
}

function delivererOf(ports: Ports) {
  const { config, log } = ports;
  const record = async () => recordFacts(ports, config);
  const webhook = createWebhook({ config, secrets: async () => [webhookSecret], record, log });
  return async (event: APIGatewayProxyEventV2): Promise<void> => {
    const { statusCode, body } = await webhook(event);
    if (statusCode !== 202) throw new Error(`a delivery was answered ${statusCode}: ${body}`);
  };
}

const ringsSent = (...sentAt: number[]) =>
  ringsOf(sentAt.map((at) => JSON.stringify({ pool: 'gpu', sentAt: at })));

/** Passes that may follow one another at once. */
const mostPasses = 8;

/** Answers the rings that have come, one pass at a time. A dispatcher that dies leaves its rings hidden. */
function ringer(
  made: Film,
  rings: number[],
  start: (gate: Peril['around']) => ReturnType<typeof createDispatcher>,
): () => Promise<void> {
  const { post, ports } = made;
  const fresh = () => start((call, work) => made.peril.around(call, work));
  let dispatcher = fresh();
  return async () => {
    for (let passes = 0; passes < mostPasses; passes += 1) {
      await post.arrive();
      if (rings.length === 0) return;
      const answered = rings.splice(0);
      await dispatcher(ringsSent(...answered));
      if (!made.peril.isOver()) continue;
      made.peril = calm;
      dispatcher = fresh();
      post.sendAt(ports.clock.now() + hiddenMs, async () => void rings.push(...answered));
    }
  };
}

/** The reaper, each minute. */
function sweeper({ ports, problems }: Film, reaper: () => Promise<void>): () => Promise<void> {
  const { now } = ports.clock;
  let next = now() + minute;
  return async () => {
    if (now() < next) return;
    next = now() + minute;
    await reaper().catch((error: unknown) => void problems.push(String(error)));
  };
}

/** The machines that are there, and those that were, each with its agent. */
function actorsOf(made: Film, call: ReturnType<typeof callerOf>): () => Actor[] {
  const { ec2, hub, actors, ports } = made;
  const around = { hub, call, now: ports.clock.now, proofOf, powerOff: ec2.end };
  return () => {
    for (const machine of ec2.machines())
      if (!actors.has(machine.id)) actors.set(machine.id, actorOf(around, machine, made.temper(actors.size)));
    return [...actors.values()];
  };
}
