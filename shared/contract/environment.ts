// The environments of the functions: what infra sets is what the function reads.
import * as z from 'zod/mini';

const setting = z.string().check(z.minLength(1));

const settings = {
  /** Names of the two tables. */
  OPEN_TABLE: setting,
  HISTORY_TABLE: setting,
  /** The FIFO queue whose messages ring the pools' bells. */
  QUEUE_URL: setting,
  /** Set by Lambda. */
  AWS_REGION: setting,
  /** Stands in for all of AWS, in tests. */
  AWS_ENDPOINT_URL: z.optional(setting),
};

/** Names of SSM parameters. */
const secrets = {
  WEBHOOK_SECRETS_PARAMETER: setting,
  APP_KEY_PARAMETER: setting,
  BUILDER_SECRET_PARAMETER: setting,
  API_TOKEN_PARAMETER: setting,
};

const { WEBHOOK_SECRETS_PARAMETER, APP_KEY_PARAMETER, BUILDER_SECRET_PARAMETER, API_TOKEN_PARAMETER } =
  secrets;

/** Where GitHub's API is. Absent: https://api.github.com. */
const GITHUB_API_URL = z.optional(setting);

export const webhookEnvironment = z.object({ ...settings, WEBHOOK_SECRETS_PARAMETER });

export const cloudEventsEnvironment = z.object(settings);

export const reaperEnvironment = z.object({ ...settings, APP_KEY_PARAMETER, GITHUB_API_URL });

export const builderApiEnvironment = z.object({
  ...settings,
  APP_KEY_PARAMETER,
  BUILDER_SECRET_PARAMETER,
  GITHUB_API_URL,
  /** The account, 12 digits: only machines in it are ours. */
  ACCOUNT_ID: setting,
});

export const dispatcherEnvironment = z.object({
  ...settings,
  APP_KEY_PARAMETER,
  BUILDER_SECRET_PARAMETER,
  GITHUB_API_URL,
  /** Where builders reach Callsheet: the address of the HTTP API. */
  PUBLIC_URL: setting,
});

export const apiEnvironment = z.object({
  OPEN_TABLE: setting,
  HISTORY_TABLE: setting,
  API_TOKEN_PARAMETER,
  AWS_REGION: setting,
  AWS_ENDPOINT_URL: z.optional(setting),
});

export type WebhookEnvironment = z.infer<typeof webhookEnvironment>;
export type CloudEventsEnvironment = z.infer<typeof cloudEventsEnvironment>;
export type ReaperEnvironment = z.infer<typeof reaperEnvironment>;
export type BuilderApiEnvironment = z.infer<typeof builderApiEnvironment>;
export type DispatcherEnvironment = z.infer<typeof dispatcherEnvironment>;
export type ApiEnvironment = z.infer<typeof apiEnvironment>;

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
