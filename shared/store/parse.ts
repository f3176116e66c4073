// Records on their way in and out of a table: both ways they meet the same strict schema.
import type * as z from 'zod/mini';
import type { Item, ItemOf, Kind } from '../scheduler/records.ts';
import { itemSchema } from './schemas.ts';

/** A stored item that is no record. It names the item and the place in it, never what is there. */
export class Unreadable extends Error {
  override name = 'Unreadable';
  readonly key: string;
  constructor(where: string, key: string, problem: string) {
    super(`item ${key} of ${where} does not parse (${problem}): repair it in the table, or delete it`);
    this.key = key;
  }
}

/** A record, or the place where it does not parse. */
export type Parsed = { item: Item } | { problem: string };

/** Parses fields that were stored under `key`, which must be the key of the record in them. */
export function parseItem(fields: unknown, key: string, keyOf: (kind: Kind, id: string) => string): Parsed {
  const { data, error } = itemSchema.safeParse(fields);
  if (error) return { problem: placesOf(error) };
  return keyOf(data.kind, data.id) === key
    ? { item: data }
    : { problem: 'its key is that of another record' };
}

/** The record as it may be stored. Throws when it would not parse: a defect of whoever made it. */
export function checked(item: Item): Item {
  const { data, error } = itemSchema.safeParse(item);
  if (data) return data;
  throw new TypeError(`${item.kind} ${item.id} of pool ${item.pool} may not be stored (${placesOf(error)})`);
}

const placesOf = (error: z.core.$ZodError): string =>
  error.issues.map(({ path, code }) => `${path.join('.') || 'as a whole'}: ${code}`).join(', ');

/** The kind decides the type. */
export const isOfKind = <K extends Kind>(item: Item, kind: K): item is ItemOf<K> => item.kind === kind;

/** Is `item` the record that `model` is a version of? Then it has its type. */
export const isVersionOf = <T extends Item>(item: Item, model: T): item is T =>
  item.kind === model.kind && item.id === model.id;
