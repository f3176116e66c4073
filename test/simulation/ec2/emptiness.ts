// What Callsheet has been told of empty offerings of a simulated EC2: nobody may ask for them again soon.
import { marketShelf, offeringKey } from '../../../shared/contract/offerings.ts';
import type { Slot } from '../cloud.ts';
import { minute, second } from '../time.ts';
import type { World } from '../world.ts';
import { regionOf } from './regions.ts';

/** A launch as it is judged: asked for the first time. */
export interface Asker {
  launch: string;
  askedAt: number;
}

/** An offering that was found empty, with EC2's code. */
export interface Lack {
  slot: Slot;
  code: string;
}

/** An offering was found empty, again and again. Times in ms. */
interface Emptiness {
  /** The first and the last time in a row. */
  first: number;
  last: number;
  until: number;
  /** It was found with all others of its market at least once: what gives one of them lifts it. */
  wide: boolean;
}

/** A pass reads, asks, and writes down what it was told: others may not know that yet for so long. */
const spreadsMs = 30 * second;

/** The clocks of two functions differ by so much at most. */
const clocksMs = 10 * second;

const emptyForMs = 3 * minute;
const unsupportedForMs = 60 * minute;

/** What is remembered of an offering that was empty is forgotten later than this. */
const rememberedMs = 50 * minute;

const wideCodes = ['MaxFleetCountExceeded', 'MaxSpotInstanceCountExceeded', 'VcpuLimitExceeded'];

export function emptiness({ time, breaks, faults }: World) {
  /** What one launch is told reaches the next one: no answer is lost, and the table takes what is written. */
  const isTold = faults.cloud + faults.tableThrottled + faults.hangs === 0;
  const known = new Map<string, Emptiness>();
  /** Who has last met the offering empty. */
  const inVain = new Map<string, Asker>();
  return {
    /** A launch asks for it: it must not be known to be empty, nor may another have just found so anew. */
    judge({ launch, askedAt }: Asker, slot: Slot): void {
      const name = nameOf(slot);
      const found = known.get(name);
      if (!found) return;
      if (found.last + spreadsMs < askedAt && time.now() + clocksMs < found.until)
        breaks(`launch ${launch} asked for ${name}, which is known to be empty`);
      const other = inVain.get(name);
      if (!other || other.launch === launch) return;
      const wasKnown = found.first + spreadsMs < Math.min(askedAt, other.askedAt);
      if (isTold && wasKnown && Math.abs(askedAt - other.askedAt) < emptyForMs)
        breaks(`launch ${launch} asked for ${name} beside launch ${other.launch}, in vain`);
    },
    met: (asker: Asker, slot: Slot): void => void inVain.set(nameOf(slot), asker),
    /** It is written down, as it was told at a time. */
    note({ slot, code }: Lack, last: number): void {
      const before = known.get(nameOf(slot));
      const first = before && last - before.until < rememberedMs ? before.first : last;
      const forMs = code === 'Unsupported' ? unsupportedForMs : emptyForMs;
      const until = Math.max(before?.until ?? 0, last + forMs);
      const wide = wideCodes.includes(code) || before?.wide === true;
      known.set(nameOf(slot), { first, last, until, wide });
    },
    /** It has given a machine. */
    lift(slot: Slot): void {
      const market = marketShelf({ ...slot, region: regionOf(slot.zone) });
      for (const [name, { wide }] of known)
        if (name === nameOf(slot) || (wide && name.startsWith(`${market}/`))) known.delete(name);
    },
  };
}

const nameOf = (slot: Slot): string => offeringKey({ ...slot, region: regionOf(slot.zone) });
