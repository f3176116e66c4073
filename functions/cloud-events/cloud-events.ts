// Cloud events: what a cloud says about its machines becomes a fact and a ring. Never logs an event's detail.
import type { EventBridgeEvent } from 'aws-lambda';
import type { RecordPorts } from '../../shared/operations/ports.ts';
import {
  type Candidate,
  recordEnded,
  recordGone,
  recordInterrupted,
  recordProvisioned,
} from '../../shared/operations/record.ts';
import type { Time } from '../../shared/scheduler/records.ts';

export type CloudEvent = EventBridgeEvent<string, unknown>;

/** A machine of one of our launches, as a cloud names it. */
export interface Machine {
  pool: string;
  launch: string;
  id: string;
  provider: string;
}

/** What an event means to us. Of a candidate only a record can tell whether it is ours. */
export type Word =
  | { kind: 'gone'; machine: Machine; why?: string; log?: string | undefined }
  | { kind: 'provisioned'; machine: Machine; at: Time }
  | { kind: 'ended'; candidate: Candidate; why: string }
  | { kind: 'interrupted'; candidate: Candidate; at: Time }
  | Ignored;

interface Ignored {
  kind: 'ignored';
  why: string;
}

export const ignored = (why: string): Ignored => ({ kind: 'ignored', why });

/** Understands the events of one cloud. Never throws: what is not for us is ignored, with the reason. */
export type ReadEvent = (event: CloudEvent) => Word;

/** Reads each event as its cloud does, by the event's source. */
export function readBySource(readers: Record<string, ReadEvent>): ReadEvent {
  const known = new Map(Object.entries(readers));
  return (event) => known.get(event.source)?.(event) ?? ignored('its source is not used');
}

export interface CloudEventsPorts extends RecordPorts {
  /** One line for each event, at its end. Never anything of its detail but the builder's id. */
  log(line: Record<string, unknown>): void;
}

/** The handler of clouds' events. Throws when a fact could not be recorded: Lambda then tries it again. */
export function createCloudEvents(ports: CloudEventsPorts, read: ReadEvent) {
  return async (event: CloudEvent): Promise<void> => {
    const { outcome, ...about } = await record(ports, read(event));
    ports.log({ unit: 'cloud-event', event: String(event['detail-type']).slice(0, 64), outcome, ...about });
  };
}

/** What became of an event, for the log. */
type Recorded = { outcome: 'ignored'; why: string } | { outcome: Word['kind']; builder: string };

async function record(ports: CloudEventsPorts, word: Word): Promise<Recorded> {
  switch (word.kind) {
    case 'gone':
      await recordGone(ports, { ...word.machine, why: word.why, log: word.log });
      return { outcome: word.kind, builder: word.machine.id };
    case 'provisioned':
      await recordProvisioned(ports, word.machine, word.at);
      return { outcome: word.kind, builder: word.machine.id };
    case 'ended':
      return ifNews(word, await recordEnded(ports, word.candidate, word.why));
    case 'interrupted':
      return ifNews(word, await recordInterrupted(ports, word.candidate, word.at));
    case 'ignored':
      return { outcome: 'ignored', why: word.why };
  }
}

const ifNews = ({ kind, candidate }: Extract<Word, { candidate: Candidate }>, isNews: boolean): Recorded =>
  isNews
    ? { outcome: kind, builder: candidate.id }
    : { outcome: 'ignored', why: 'it is no news of a builder of ours' };

/** When it happened; now, should the event not say. */
export function timeOf({ time }: CloudEvent): Time {
  const at = Date.parse(time);
  return Number.isNaN(at) ? Date.now() : at;
}
