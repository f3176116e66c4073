// A market of EC2 machines in memory: it gives what its shelves hold, and says which are empty.
import { type Offering, offeringKey, shelvesOf } from '../../shared/contract/offerings.ts';
import { offeringsOf } from '../../shared/policy/offerings.ts';
import type { Config } from '../../shared/policy/schema.ts';
import {
  Doubt,
  type Fault,
  type LaunchResult,
  type MachineTerms,
  type Provider,
  type Sighting,
} from '../../shared/scheduler/ports.ts';
import type { Launch, Time } from '../../shared/scheduler/records.ts';

export interface Market extends Provider {
  machines: Map<string, Sighting>;
  /** Shelves that hold nothing now, and what a launch is then told. */
  lacks: Map<string, Fault['kind']>;
  /** Machines that an offering has left. Absent: as many as are wanted. */
  stock: Map<string, number>;
  /** The launches that were asked for, each with its offerings, and when. */
  asked: { launch: string; offerings: string[]; at: Time }[];
  trouble: Trouble;
  end(id: string): void;
}

interface Trouble {
  /** Machines start, and nobody is told. */
  answersLost?: boolean;
  /** Nothing starts, and nobody is told. */
  silent?: boolean;
  throttles?: boolean;
}

export function market(config: Config, now: () => Time): Market {
  const machines = new Map<string, Sighting>();
  const shelves: Shelves = { lacks: new Map(), stock: new Map() };
  const asked: Market['asked'] = [];
  const trouble: Trouble = {};
  const answers = new Map<string, LaunchResult>();

  function start(launch: Launch): LaunchResult {
    const offerings: string[] = JSON.parse(launch.request);
    const all = offeringsOf(config, launch.pool, launch.rung);
    asked.push({ launch: launch.id, offerings, at: now() });
    const open = all.filter((one) => offerings.includes(offeringKey(one)));
    const { given, faults } = takeFrom(shelves, open, launch.n);
    const started = given.map((terms, index) => ({ id: `i-${launch.id}-${index}`, terms }));
    for (const { id, terms } of started) machines.set(id, { id, launch: launch.id, startedAt: now(), terms });
    const terms = Object.fromEntries(started.map((one) => [one.id, one.terms]));
    return { started: Object.keys(terms), faults, terms };
  }

  return {
    ...shelves,
    tokenLifeMs: 180_000,
    machines,
    asked,
    trouble,
    end: (id) => void machines.delete(id),
    request({ pool, rung, empty }) {
      const isOpen = (one: Offering) => !shelvesOf(one, pool).some((shelf) => empty?.has(shelf));
      return JSON.stringify(offeringsOf(config, pool, rung).filter(isOpen).map(offeringKey));
    },
    async launch(launch) {
      if (trouble.throttles)
        return { started: [], faults: [{ kind: 'throttled', why: 'too many requests' }] };
      if (trouble.silent) throw new Doubt(`no answer to launch ${launch.id}`);
      const answer = answers.get(launch.id) ?? start(launch);
      answers.set(launch.id, answer);
      if (trouble.answersLost) throw new Doubt(`the answer to launch ${launch.id} is lost`);
      return answer;
    },
    list: async () => [...machines.values()],
    look: async (id) => machines.get(id),
    async stop(ids) {
      for (const id of ids) machines.delete(id);
      return { failed: [] };
    },
  };
}

type Shelves = Pick<Market, 'lacks' | 'stock'>;

/** Takes up to `n` machines of the first offerings that have any. One that has too few is a fault. */
function takeFrom({ lacks, stock }: Shelves, offerings: readonly Offering[], n: number) {
  const given: MachineTerms[] = [];
  const faults: Fault[] = [];
  for (const one of offerings) {
    const key = offeringKey(one);
    const shelf = shelvesOf(one, '').find((each) => lacks.has(each));
    const left = shelf ? 0 : (stock.get(key) ?? Number.POSITIVE_INFINITY);
    const missing = n - given.length;
    const count = Math.min(left, missing);
    given.push(...Array.from({ length: count }, () => ({ offering: key, usdPerHour: one.usdPerHour })));
    if (stock.has(key)) stock.set(key, left - count);
    const kind = lacks.get(shelf ?? '') ?? 'capacity';
    if (left < missing) faults.push({ kind, why: `no machine of ${one.type}`, shelves: [shelf ?? key] });
  }
  return { given, faults };
}
