// What may be asked of a simulated EC2: launches on record and paid for, nothing twice, nothing known to be empty.
import type { Launch } from '../../../shared/scheduler/records.ts';
import type { Slot } from '../cloud.ts';
import { region } from '../config.ts';
import { minute, second } from '../time.ts';
import type { Process, World } from '../world.ts';
import type { FleetCall } from './fleets.ts';

/** What Callsheet has on record of a launch. */
export interface OnRecord {
  launch: Launch | undefined;
  /** Is money reserved for it? */
  isPaidFor: boolean;
}

/** A pass reads, asks, and writes down what it was told: others may not know that yet for so long. */
const spreadsMs = 30 * second;

/** Asked later than this, it is asked again. */
const firstMs = 30 * second;

/** A process that lives this long after an answer has written down what it said. */
const writtenMs = 8 * second;

const emptyForMs = 3 * minute;
const unsupportedForMs = 60 * minute;

export interface Rules {
  /** A call has arrived. */
  asked(process: Process, call: FleetCall): void;
  /** The process has heard what is empty, by EC2's codes. */
  told(process: Process, empty: readonly { slot: Slot; code: string }[]): void;
  /** The process has looked for the machines of a launch. */
  looked(process: Process, launch: string): void;
}

export function rulesOf(world: World, recordOf: (launch: string) => OnRecord): Rules {
  const { time, violations } = world;
  const looks = new WeakMap<Process, Set<string>>();
  const empty = new Map<string, { since: number; until: number }>();

  const judgeRepeat = (process: Process, { launch }: FleetCall, askedAt: number): void => {
    if (!looks.get(process)?.has(launch)) violations.push(`launch ${launch} was asked again without a look`);
    if (time.now() - askedAt < minute) violations.push(`launch ${launch} was asked again too soon`);
  };
  const judgeEmpty = ({ launch, slots }: FleetCall, askedAt: number): void => {
    for (const slot of slots) {
      const { since = 0, until = 0 } = empty.get(nameOf(slot)) ?? {};
      if (since + spreadsMs < askedAt && time.now() < until)
        violations.push(`launch ${launch} asked for ${nameOf(slot)}, which is known to be empty`);
    }
  };
  return {
    asked(process, call) {
      const { launch, isPaidFor } = recordOf(call.launch);
      if (!launch) violations.push(`launch ${call.launch} was asked before it was saved`);
      if (!isPaidFor) violations.push(`launch ${call.launch} was asked before it was paid for`);
      const askedAt = launch?.askedAt ?? 0;
      if (call.repeated) judgeRepeat(process, call, askedAt);
      else if (time.now() - askedAt < firstMs) judgeEmpty(call, askedAt);
    },
    told(process, found) {
      const since = time.now();
      time.after(writtenMs, () => {
        if (!process.alive) return;
        for (const { slot, code } of found) {
          const forMs = code === 'Unsupported' ? unsupportedForMs : emptyForMs;
          const before = empty.get(nameOf(slot));
          if ((before?.until ?? 0) < since + forMs) empty.set(nameOf(slot), { since, until: since + forMs });
        }
      });
    },
    looked(process, launch) {
      const own = looks.get(process) ?? new Set<string>();
      looks.set(process, own.add(launch));
    },
  };
}

const nameOf = ({ market, type, zone }: Slot): string => `${region}/${market}/${type}/${zone}`;
