// Cloud events: what a cloud says about its machines becomes a fact and a ring. Never logs an event's detail.
import type { EventBridgeEvent } from 'aws-lambda';
import type { RecordPorts } from '../../shared/operations/ports.ts';
import { recordGone, recordProvisioned } from '../../shared/operations/record.ts';
import type { Time } from '../../shared/scheduler/records.ts';

export type CloudEvent = EventBridgeEvent<string, unknown>;

/** A machine of one of our launches, as a cloud names it. */
export interface Machine {
  pool: string;
  launch: string;
  id: string;
  provider: string;
}

/** What an event means to us. */
export type Word =
  | { kind: 'gone'; machine: Machine; why?: string; log?: string | undefined }
  | { kind: 'provisioned'; machine: Machine; at: Time }
  | { kind: 'ignored'; why: string };

/** Understands the events of one cloud. Never throws: what is not for us is ignored, with the reason. */
export type ReadEvent = (event: CloudEvent) => Word;

export interface CloudEventsPorts extends RecordPorts {
  /** One line for each event, at its end. Never anything of its detail but the builder's id. */
  log(line: Record<string, unknown>): void;
}

/** The handler of a cloud's events. Throws when a fact could not be recorded: Lambda then tries it again. */
export function createCloudEvents(ports: CloudEventsPorts, read: ReadEvent) {
  return async (event: CloudEvent): Promise<void> => {
    const word = read(event);
    await record(ports, word);
    const { kind: outcome } = word;
    const about = word.kind === 'ignored' ? { why: word.why } : { builder: word.machine.id };
    ports.log({ unit: 'cloud-event', event: String(event['detail-type']).slice(0, 64), outcome, ...about });
  };
}

async function record(ports: CloudEventsPorts, word: Word): Promise<void> {
  switch (word.kind) {
    case 'gone':
      return recordGone(ports, { ...word.machine, why: word.why, log: word.log });
    case 'provisioned':
      return recordProvisioned(ports, word.machine, word.at);
    case 'ignored':
      return;
  }
}
