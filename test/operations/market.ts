// A market of EC2 machines in memory: it gives what its shelves hold, says which are empty, and what it was asked.
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
  trouble: { answersLost?: boolean };
  end(id: string): void;
}

export function market(config: Config, now: () => Time): Market {
  const machines = new Map<string, Sighting>();
  const lacks = new Map<string, Fault['kind']>();
  const stock = new Map<string, number>();
  const asked: Market['asked'] = [];
  const trouble: Market['trouble'] = {};
  const answers = new Map<string, LaunchResult>();

  const give = (launch: Launch, one: Offering, index: number): [string, MachineTerms] => {
    const terms = { offering: offeringKey(one), usdPerHour: one.usdPerHour };
    const id = `i-${launch.id}-${index}`;
    machines.set(id, { id, launch: launch.id, startedAt: now(), terms });
    return [id, terms];
  };

  function start(launch: Launch): LaunchResult {
    const open: string[] = JSON.parse(launch.request);
    const wanted = offeringsOf(config, launch.pool, launch.rung).filter((one) =>
      open.includes(offeringKey(one)),
    );
    asked.push({ launch: launch.id, offerings: open, at: now() });
    const terms: Record<string, MachineTerms> = {};
    const faults: Fault[] = [];
    for (const one of wanted) {
      const shelf = shelvesOf(one).find((each) => lacks.has(each));
      const left = shelf ? 0 : (stock.get(offeringKey(one)) ?? Number.POSITIVE_INFINITY);
      const missing = launch.n - Object.keys(terms).length;
      for (let count = 0; count < Math.min(left, missing); count += 1) {
        const [id, got] = give(launch, one, Object.keys(terms).length);
        terms[id] = got;
      }
      if (stock.has(offeringKey(one))) stock.set(offeringKey(one), Math.max(0, left - missing));
      const kind = lacks.get(shelf ?? '') ?? 'capacity';
      if (left < missing)
        faults.push({ kind, why: `no machine of ${one.type}`, shelves: [shelf ?? offeringKey(one)] });
    }
    return { started: Object.keys(terms), faults, terms };
  }

  return {
    tokenLifeMs: 600_000,
    machines,
    lacks,
    stock,
    asked,
    trouble,
    end: (id) => void machines.delete(id),
    request: ({ pool, rung, empty }) =>
      JSON.stringify(
        offeringsOf(config, pool, rung)
          .filter((one) => !shelvesOf(one).some((shelf) => empty?.has(shelf)))
          .map(offeringKey),
      ),
    async launch(launch) {
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
