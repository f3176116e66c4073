// How large items are as DynamoDB counts them, of plain records and of attributes.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
import type { RawAttributes } from '../../../shared/store/attributes.ts';

/** A list or map, and each of its elements, has so many bytes besides. */
const wholeBytes = 3;
const elementBytes = 1;

/** One byte for two digits, and one more. */
const numberBytes = (digits: string): number => Math.ceil(digits.replace(/[-.]/g, '').length / 2) + 1;

/** Parts of records are shared by their versions: each is measured once. */
const known = new WeakMap<object, number>();

function valueBytes(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return numberBytes(String(value));
  if (typeof value !== 'object' || value === null) return 1;
  const before = known.get(value);
  if (before !== undefined) return before;
  const elements = Array.isArray(value)
    ? value.reduce((sum: number, one) => sum + elementBytes + valueBytes(one), 0)
    : recordBytes(value, elementBytes);
  known.set(value, wholeBytes + elements);
  return wholeBytes + elements;
}

function recordBytes(fields: object, each = 0): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) bytes += each + Buffer.byteLength(name) + valueBytes(value);
  }
  return bytes;
}

/** What the store adds to a record: its key, and in the open table who wrote it. */
export const openExtras = (key: string): number => 'item'.length + key.length + 'writer'.length + 36;
export const historyExtras = (key: string): number => 'item'.length + key.length + 'expiresAt'.length + 6;

/** Of a record, without what the store adds. */
export const itemBytes = (item: object): number => recordBytes(item);

/** Of an item as it is stored. */
export function rowBytes(row: RawAttributes): number {
  return Object.entries(row).reduce(
    (sum, [name, attribute]) => sum + Buffer.byteLength(name) + attributeBytes(attribute),
    0,
  );
}

function attributeBytes(attribute: unknown): number {
  if (typeof attribute !== 'object' || attribute === null) return 1;
  if ('S' in attribute) return Buffer.byteLength(String(attribute.S));
  if ('N' in attribute) return numberBytes(String(attribute.N));
  if ('L' in attribute && Array.isArray(attribute.L))
    return attribute.L.reduce((sum: number, one) => sum + elementBytes + attributeBytes(one), wholeBytes);
  if (!('M' in attribute) || typeof attribute.M !== 'object' || attribute.M === null) return 1;
  const fields: RawAttributes = { ...attribute.M };
  return wholeBytes + rowBytes(fields) + Object.keys(fields).length * elementBytes;
}
