// The environments of the functions: what infra sets is what the function reads.
import * as z from 'zod/mini';

const setting = z.string().check(z.minLength(1));

export const webhookEnvironment = z.object({
  /** Names of the two tables. */
  OPEN_TABLE: setting,
  HISTORY_TABLE: setting,
  /** The FIFO queue whose messages ring the pools' bells. */
  QUEUE_URL: setting,
  /** Name of the SSM parameter with the webhook's secret, or two while they are rotated: one on each line. */
  WEBHOOK_SECRETS_PARAMETER: setting,
  /** Set by Lambda. */
  AWS_REGION: setting,
  /** Stands in for all of AWS, in tests. */
  AWS_ENDPOINT_URL: z.optional(setting),
});

export type WebhookEnvironment = z.infer<typeof webhookEnvironment>;

/** Reads the settings of `shape`. Throws an error that names every setting that is missing. */
export function parseEnvironment<S extends z.ZodMiniObject>(
  shape: S,
  variables: Record<string, string | undefined>,
): z.infer<S> {
  const { data, error } = shape.safeParse(variables);
  if (!error) return data;
  const names = error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw new Error(`the function's environment lacks ${names}: set it where infra declares the function`);
}
