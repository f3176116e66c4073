// The ports of a dry run: each call either only reads, or has no effect but to be noted, or is refused.
import { describe, expect, it } from 'vitest';
import type { Ports } from '../../../shared/operations/ports.ts';
import type { HostReads, Reads, Would } from '../../../shared/runtime/dry-run/reads.ts';
import { dryPorts } from '../../../shared/runtime/dry-run/rehearsal.ts';
import type { Hosts } from '../../../shared/scheduler/host-ports.ts';
import type { GitHub, History, Leftovers, OpenTable, Provider } from '../../../shared/scheduler/ports.ts';
import { builder, host, job } from '../../local/records.ts';
import { stage } from '../../operations/fakes.ts';
import { memoryProvider } from '../../providers/memory.ts';

/** `reads`: it changes nothing, and the world answers. `noted`, `refused`: the world hears nothing of it. */
type Way = 'reads' | 'noted' | 'refused';
type Ways<Port> = Record<keyof Port, Way>;

/** A port that gets a new call does not compile until it stands here. */
const ways = {
  open: { read: 'reads', get: 'reads', put: 'noted', remove: 'noted' } satisfies Ways<OpenTable>,
  history: { has: 'reads', recent: 'reads', put: 'noted' } satisfies Ways<History>,
  bell: { ring: 'noted' } satisfies Ways<Ports['bell']>,
  jobs: {
    job: 'reads',
    run: 'reads',
    queued: 'reads',
    requiresApprovalForAll: 'reads',
    cancelRun: 'refused',
    rerun: 'refused',
  } satisfies Ways<GitHub['jobs']>,
  runners: {
    list: 'reads',
    refusal: 'reads',
    download: 'reads',
    register: 'refused',
    remove: 'noted',
  } satisfies Ways<GitHub['runners']>,
  checks: { create: 'refused', update: 'refused' } satisfies Ways<GitHub['checks']>,
  deliveries: { page: 'reads', redeliver: 'noted' } satisfies Ways<GitHub['deliveries']>,
  provider: {
    tokenLifeMs: 'reads',
    request: 'reads',
    list: 'reads',
    look: 'reads',
    launch: 'refused',
    stop: 'noted',
  } satisfies Ways<Provider>,
  hosts: {
    tokenLifeMs: 'reads',
    list: 'reads',
    look: 'reads',
    resets: 'reads',
    allocate: 'refused',
    release: 'noted',
    reset: 'refused',
    mark: 'refused',
  } satisfies Ways<Hosts>,
  leftovers: { list: 'reads', remove: 'noted' } satisfies Ways<Leftovers>,
};

/** And so does a new port. */
const allPorts: Record<keyof Ports, true> = {
  config: true,
  standard: true,
  clock: true,
  log: true,
  proofs: true,
  epochs: true,
  open: true,
  history: true,
  bell: true,
  github: true,
  providers: true,
  hosts: true,
  leftovers: true,
};

const scope = 'group/film/callsheet-color';
const registration = { id: '9', name: 'callsheet-test-x-1-1', busy: false, online: false };
const leftover = { kind: 'volume', id: 'vol-1', place: 'eu-west-1', usdPerHour: 0.01 } as const;

/** What each call is called with. */
const given: Record<string, unknown[]> = {
  'open.read': ['gpu'],
  'open.get': ['gpu', 'job', '12'],
  'open.put': [job({ version: 0 })],
  'open.remove': [job({ version: 0 })],
  'history.has': ['job', '12'],
  'history.recent': ['job', 10],
  'history.put': [job({ phase: 'done', endedAt: 2 })],
  'bell.ring': ['gpu'],
  'runners.remove': [scope, registration],
  'runners.list': [scope, 'callsheet-'],
  'deliveries.redeliver': ['7'],
  'provider.request': [{ pool: 'gpu', rung: 0, n: 1 }],
  'provider.stop': [['i-1']],
  'provider.launch': [{}],
  'hosts.release': [host()],
  'hosts.reset': [builder()],
  'leftovers.remove': [leftover],
};

const hosts: HostReads = {
  tokenLifeMs: 1000,
  list: async () => [],
  look: async () => undefined,
  resets: async () => new Map(),
};

/** A world whose reading calls are written down, and that dies of any other. */
function worldOf(heard: string[]): Reads {
  const { ports, github } = stage();
  github.runnersNow.set(registration.name, { ...registration, scope, labels: [] });
  const watched = <P extends object>(name: keyof typeof ways, port: P): P =>
    new Proxy(port, {
      get(target, call) {
        const key = `${name}.${String(call)}`;
        const way = new Map<string | symbol, Way>(Object.entries(ways[name])).get(call);
        if (way !== 'reads') throw new Error(`the world was asked to do ${key}`);
        if (call !== 'tokenLifeMs') heard.push(key);
        return Reflect.get(target, call);
      },
    });
  return {
    config: ports.config,
    standard: ports.standard,
    clock: ports.clock,
    open: watched('open', ports.open),
    history: watched('history', ports.history),
    github: {
      jobs: watched('jobs', github.jobs),
      runners: watched('runners', github.runners),
      deliveries: watched('deliveries', github.deliveries),
      allowance: github.allowance,
    },
    providers: {
      ec2: watched(
        'provider',
        memoryProvider(() => 0),
      ),
    },
    hosts: watched('hosts', hosts),
    leftovers: watched('leftovers', { list: async () => [] }),
  };
}

function portsOver(heard: string[], noted: Would[]) {
  const ports = dryPorts(worldOf(heard), (would) => void noted.push(would));
  const { open, history, bell, hosts, leftovers, providers, github } = ports;
  const { jobs, runners, checks, deliveries } = github;
  const made = { open, history, bell, hosts, leftovers, jobs, runners, checks, deliveries };
  return { ports, all: { ...made, provider: providers.ec2 } };
}

const calls = Object.entries(ways).flatMap(([port, of]) =>
  Object.entries(of)
    .filter(([call]) => call !== 'tokenLifeMs')
    .map(([call, way]) => ({ name: `${port}.${call}`, port, call, way })),
);

describe('the ports of a dry run', () => {
  it.each(calls)('$name: $way', async ({ name, port, call, way }) => {
    const heard: string[] = [];
    const noted: Would[] = [];
    const of: unknown = Reflect.get(portsOver(heard, noted).all, port);
    const method: unknown = Reflect.get(Object(of), call);
    if (typeof method !== 'function') throw new Error(`there is no ${name}`);
    const run = async (): Promise<unknown> => Reflect.apply(method, of, given[name] ?? []);
    const outcome = await run().then(() => 'done', String);
    expect({ outcome, noted: noted.length }).toEqual({
      outcome: way === 'refused' ? `Error: a dry run does not do ${name}` : 'done',
      noted: way === 'noted' ? 1 : 0,
    });
    if (way === 'reads') expect(heard).toEqual([name]);
    if (way === 'refused') expect(heard).toEqual([]);
  });

  it('are all that there are', () => {
    const { ports } = portsOver([], []);
    expect(Object.keys({ ...ports, epochs: undefined }).sort()).toEqual(Object.keys(allPorts).sort());
  });
});
