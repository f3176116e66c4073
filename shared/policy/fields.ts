// Building blocks of the configuration's shape: fields that say what they found and what to write instead.
import * as z from 'zod/mini';
import { nearest } from './nearest.ts';

/** The message of every field: what was found, then the remedy. */
export const refuse = (remedy: string) => ({
  error: ({ input }: { input?: unknown }) => refusal(input, remedy),
});

const refusal = (input: unknown, remedy: string): string =>
  input === undefined ? `is missing; ${remedy}` : `${shown(input)} is refused; ${remedy}`;

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 60)}'`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value).slice(0, 60);
}

/** An object without unknown keys. Several unknown keys give a message of several lines. */
export const strict = <S extends z.core.$ZodLooseShape>(shape: S) => {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => unknownKey(key, known)).join('\n')
        : refusal(issue.input, `write an object with the keys ${known.join(', ')}`),
  });
};

function unknownKey(key: string, known: string[]): string {
  const meant = nearest(key, known);
  const remedy = meant ? `did you mean '${meant}'?` : `remove it (known: ${known.join(', ')})`;
  return `unknown key '${key.slice(0, 60)}'; ${remedy}`;
}

export const text = (pattern: RegExp, remedy: string) =>
  z.string(refuse(remedy)).check(z.regex(pattern, { ...refuse(remedy), abort: true }));

export const digits = (what: string) => text(/^\d{1,20}$/, `give ${what} as a string of digits`);

export const whole = (minimum: number, maximum: number, what: string) => {
  const remedy = refuse(`give a whole number of ${what} from ${minimum} to ${maximum}`);
  return z.int(remedy).check(z.minimum(minimum, remedy), z.maximum(maximum, remedy));
};

export const yesOrNo = z.boolean(refuse('write true or false'));

export const choice = <const V extends readonly string[]>(values: V) =>
  z.literal(values, refuse(`write ${values.map((value) => `'${value}'`).join(' or ')}`));

/** As `choice`, of names that are easily misspelt. `meantBy` finds the name that was meant, if any was. */
export const oneOf = <const V extends readonly string[]>(
  values: V,
  meantBy = (word: string): string | undefined => nearest(word, values),
  listed: readonly string[] = values,
) =>
  z.literal(values, {
    error: ({ input }: { input?: unknown }) => {
      const meant = typeof input === 'string' ? meantBy(input) : undefined;
      return refusal(input, meant ? `did you mean '${meant}'?` : `write one of ${listed.join(', ')}`);
    },
  });

export const list = <T extends z.core.$ZodType>(
  element: T,
  minimum: number,
  maximum: number,
  what: string,
) => {
  const remedy = refuse(`give a list of ${minimum} to ${maximum} ${what}`);
  return z.array(element, remedy).check(z.minLength(minimum, remedy), z.maxLength(maximum, remedy));
};

/**
 * At least one thing, or `least`, under a name. `rule` says in words what `pattern` and `longest` ask of the
 * names.
 */
export const named = <T extends z.core.$ZodType>(
  value: T,
  what: string,
  rule: string,
  pattern: RegExp,
  longest: number,
  least = 1,
) =>
  z
    .record(z.string().check(z.regex(pattern), z.maxLength(longest)), value, {
      error: ({ code, input }) =>
        code === 'invalid_key'
          ? `this name is refused; name each ${what} with ${rule}`
          : refusal(input, `write an object with each ${what} under its name`),
    })
    .check(
      z.refine((entries) => Object.keys(entries).length >= least, `is empty; describe at least one ${what}`),
    );
