// Parts that the forms of several operations have.
import * as z from 'zod/mini';

export const common = { Action: z.string(), Version: z.literal('2016-11-15') };

export const whole = z.pipe(z.string().check(z.regex(/^\d+$/)), z.transform(Number));

export const filters = z._default(
  z.array(z.strictObject({ Name: z.string(), Value: z.array(z.string()) })),
  [],
);

export const tags = z.array(z.strictObject({ Key: z.string(), Value: z.string().check(z.maxLength(256)) }));

export const token = z.optional(z.string().check(z.regex(/^[\x21-\x7e]{1,64}$/)));
