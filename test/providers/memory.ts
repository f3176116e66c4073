// A provider in memory: virtual time, no timers, and the troubles that clouds have.
import {
  Doubt,
  type Fault,
  type LaunchResult,
  type Provider,
  type Sighting,
} from '../../shared/scheduler/ports.ts';
import type { Launch, Time } from '../../shared/scheduler/records.ts';

export interface MemoryProvider extends Provider {
  /** What runs now. */
  readonly machines: ReadonlyMap<string, Sighting>;
  /** A machine ends by itself. */
  end(id: string): void;
  /** A machine that no launch of ours has started. */
  plant(id: string): void;
  /** What goes wrong from now on. */
  trouble: {
    /** How many machines may run at once; the rest is a `capacity` fault. */
    room?: number;
    /** Launches happen, but their answers are lost. */
    answersLost?: boolean;
    /** The list cannot be read. */
    listLost?: boolean;
    /** Machines that the list lacks although they run. */
    unlisted?: readonly string[];
    /** Machines whose end cannot be asked for. */
    unstoppable?: readonly string[];
  };
}

/** @param tokenLifeMs After this time a launch is forgotten, and asking again starts anew. */
export function memoryProvider(now: () => Time, tokenLifeMs = 300_000): MemoryProvider {
  const machines = new Map<string, Sighting>();
  const asked = new Map<string, { request: string; ids: string[]; at: Time }>();
  const trouble: MemoryProvider['trouble'] = {};

  function start(launch: Launch): { started: string[]; faults: Fault[] } {
    const room = Math.max(0, (trouble.room ?? Number.POSITIVE_INFINITY) - machines.size);
    const started = Array.from({ length: Math.min(launch.n, room) }, (_, i) => `memory-${launch.id}-${i}`);
    for (const id of started) machines.set(id, { id, launch: launch.id, startedAt: now() });
    asked.set(launch.id, { request: launch.request, ids: started, at: now() });
    const missing = launch.n - started.length;
    return { started, faults: missing > 0 ? [{ kind: 'capacity', why: `no room for ${missing}` }] : [] };
  }

  function answer(launch: Launch): LaunchResult {
    const before = asked.get(launch.id);
    if (!before || now() - before.at >= tokenLifeMs) return start(launch);
    const already = before.request !== launch.request;
    return { started: [...before.ids], faults: [], ...(already && { already }) };
  }

  return {
    tokenLifeMs,
    request: ({ n }) => JSON.stringify({ n }),
    machines,
    trouble,
    end: (id) => void machines.delete(id),
    plant: (id) => void machines.set(id, { id, startedAt: now() }),
    async launch(launch) {
      const result = answer(launch);
      if (trouble.answersLost) throw new Doubt(`the answer to launch ${launch.id} is lost`);
      return result;
    },
    async list() {
      if (trouble.listLost) throw new Doubt('the list cannot be read');
      return [...machines.values()].filter(({ id }) => !trouble.unlisted?.includes(id));
    },
    look: async (id) => machines.get(id),
    async stop(ids) {
      const failed = ids.filter((id) => trouble.unstoppable?.includes(id));
      for (const id of ids) if (!failed.includes(id)) machines.delete(id);
      return { failed };
    },
  };
}
