// What DynamoDB counts and charges for each call, and how long it takes: the same for both kinds of tables.
import { sharedPartition } from '../../../shared/scheduler/shared-records.ts';
import type { CallOptions, Process } from '../world.ts';
import type { Meter } from './meter.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html */
export const pageBytes = 1024 * 1024;

const readUnitBytes = 4096;
const writeUnitBytes = 1024;

const readUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / readUnitBytes));
const writeUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / writeUnitBytes));

/** One call as it is counted. `partition`: of the open table, a pool. */
export interface Counting {
  get(bytes: number, partition?: string): void;
  page(process: Process, partition: string, page: { bytes: number; items: number }): void;
  /** Both that of a write that was refused. `index`: it is written there as well. */
  write(what: 'put' | 'delete', bytes: number, partition?: string, index?: boolean): void;
}

export function countingIn(meter: Meter): Counting {
  const units = (kind: 'read' | 'write', partition: string | undefined, amount: number): void => {
    meter.add(`${kind} units`, amount);
    if (partition === undefined) return;
    const whole = partition === sharedPartition ? 'shared' : 'pool';
    meter.add(`${kind} units of ${whole} ${partition}`, amount, 'second', 'minute');
  };
  return {
    get(bytes, partition) {
      meter.add('DynamoDB GetItem');
      units('read', partition, readUnits(bytes));
    },
    page(process, partition, { bytes, items }) {
      meter.add('DynamoDB Query');
      meter.add('items read', items);
      const by = process.name.split(' ', 1).join();
      meter.add(`items read by ${by}`, items);
      units('read', partition, readUnits(bytes));
    },
    write(what, bytes, partition, index = false) {
      meter.add(what === 'put' ? 'DynamoDB PutItem' : 'DynamoDB DeleteItem');
      units('write', partition, writeUnits(bytes) * (index ? 2 : 1));
      meter.reach('largest item', bytes);
      if (partition === sharedPartition) meter.reach('largest shared item', bytes);
    },
  };
}

/** A vCPU whole needs so long to read one item of a page: parse JSON, attributes, and the record's schema. */
const parseMs = 0.03;

/** What a function has of a vCPU, by its memory: see infra/aws/handlers.ts. */
const vCpuMiB = 1769;
const memories: Record<string, number> = { dispatcher: 512, 'builder-api': 512 };
export const memoryOf = (name: string): number => memories[name] ?? 256;

/** What a call for a page takes, and then how long the function is busy with what came, in ms. */
export const pageTrip: CallOptions = { low: 5, high: 30 };
export const parsingMs = (process: Process, items: number): number =>
  items * parseMs * (vCpuMiB / memoryOf(process.name.split(' ', 1).join()));
