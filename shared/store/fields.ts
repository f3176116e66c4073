// The fields that stored records are made of, and how a schema is held to its record's type.
import * as z from 'zod/mini';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if the schema's type is the record's type: no field more, less, wider or narrower. */
export const exactly =
  <Record>() =>
  <S extends z.ZodMiniType>(
    schema: S & (Equal<z.infer<S>, Record> extends true ? unknown : 'differs from its record'),
  ): S =>
    schema;

export const text = z.string();
export const flag = z.boolean();
export const time = z.number();
export const count = z.int().check(z.minimum(0));
export const maybeText = z.optional(text);
export const maybeTime = z.optional(time);

/** Ids end up in keys, and a key attribute may not be empty. */
export const id = text.check(z.minLength(1));
export const stored = { pool: id, id, version: count };
