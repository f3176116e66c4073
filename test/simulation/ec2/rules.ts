// What may be asked of a simulated EC2: launches on record and paid for, nothing twice, nothing known empty.
import type { Launch } from '../../../shared/scheduler/records.ts';
import type { Slot } from '../cloud.ts';
import { minute, second } from '../time.ts';
import type { Process, World } from '../world.ts';
import { type Asker, emptiness, type Lack } from './emptiness.ts';
import type { FleetCall } from './fleets.ts';

/** What Callsheet has on record of a launch. */
export interface OnRecord {
  launch: Launch | undefined;
  /** Is money reserved for it? */
  isPaidFor: boolean;
}

/** What an answer says of offerings: which are empty, and which have given machines. */
export interface Findings {
  empty: Lack[];
  given: Slot[];
}

export interface Rules {
  /** A call has arrived. */
  asked(process: Process, call: FleetCall): void;
  /** EC2 has answered it so, whether that arrives or not. */
  answered(call: FleetCall, answer: Findings): void;
  /** The process has heard the answer. */
  told(process: Process, answer: Findings): void;
  /** The process has looked for the machines of a launch. */
  looked(process: Process, launch: string): void;
}

/** Asked later than this, it is asked again: what it asks for is frozen, and may be empty by now. */
const firstMs = 30 * second;

/** By the clocks of two functions. */
const clocksDiffer = 10 * second;

/** A process that lives this long after an answer, and could write, has written down what it said. */
const writtenMs = 8 * second;

export function rulesOf(world: World, recordOf: (launch: string) => OnRecord): Rules {
  const { time, breaks } = world;
  const looks = new WeakMap<Process, Set<string>>();
  const empty = emptiness(world);
  const firstAsker = ({ launch }: FleetCall): Asker | undefined => {
    const askedAt = recordOf(launch).launch?.askedAt ?? 0;
    return time.now() - askedAt < firstMs ? { launch, askedAt } : undefined;
  };
  const judgeRepeat = (process: Process, launch: string, askedAt: number): void => {
    if (!looks.get(process)?.has(launch)) breaks(`launch ${launch} was asked again without a look`);
    if (time.now() - askedAt < minute - clocksDiffer) breaks(`launch ${launch} was asked again too soon`);
  };
  return {
    asked(process, call) {
      const { launch, isPaidFor } = recordOf(call.launch);
      if (!launch) breaks(`launch ${call.launch} was asked before it was saved`);
      if (call.repeated) return judgeRepeat(process, call.launch, launch?.askedAt ?? 0);
      if (!isPaidFor) breaks(`launch ${call.launch} was asked before it was paid for`);
      const asker = firstAsker(call);
      if (asker) for (const slot of call.slots) empty.judge(asker, slot);
    },
    answered(call, answer) {
      const asker = firstAsker(call);
      for (const slot of answer.given) empty.lift(slot);
      if (asker) for (const { slot } of answer.empty) empty.met(asker, slot);
    },
    told(process, answer) {
      const at = time.now();
      time.after(writtenMs, () => {
        if (process.alive && couldWrite(world, at)) for (const lack of answer.empty) empty.note(lack, at);
      });
    },
    looked(process, launch) {
      const own = looks.get(process) ?? new Set<string>();
      looks.set(process, own.add(launch));
    },
  };
}

/** Has the table taken all calls since a time? */
const couldWrite = ({ strikes }: World, since: number): boolean =>
  !strikes.some(({ kind, at }) => at >= since && (kind === 'tableThrottled' || kind === 'hangs'));
