// Secrets in SSM parameters: read when they are first needed, kept for five minutes, never told.
import * as z from 'zod/mini';
import { freshFor } from '../fresh.ts';
import { Misconfigured } from '../misconfigured.ts';

/** Where AWS is. */
export interface Cloud {
  AWS_REGION: string;
  AWS_ENDPOINT_URL?: string | undefined;
}

/** A kind of secret: what its text means (undefined: it is malformed), and what it must be, in words. */
export interface Secret<T> {
  read(text: string): T | undefined;
  mustHold: string;
}

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** Two while they are rotated. */
export const webhookSecrets: Secret<string[]> = {
  read(text) {
    const secrets = linesOf(text);
    return secrets.length === 1 || secrets.length === 2 ? secrets : undefined;
  },
  mustHold: "the webhook's secret, or two: one on each line",
};

export const appKey: Secret<string> = {
  read: (text) => (/^\s*-----BEGIN (RSA )?PRIVATE KEY-----/.test(text) ? text : undefined),
  mustHold: "the GitHub App's private key, the PEM file as GitHub made it",
};

/** Text that nobody guesses. */
const random = (what: string): Secret<string> => ({
  read(text) {
    const [only = '', ...more] = linesOf(text);
    return more.length === 0 && /^[\x21-\x7e]{32,}$/.test(only) ? only : undefined;
  },
  mustHold: `${what}, at least 32 characters without spaces`,
});

export const builderSecret = random("the secret of the builders' tickets");
export const apiToken = random('the token of the API');

const keptMs = 5 * 60_000;

/**
 * Reads the parameter `name`, at most every five minutes; a reading that failed is not kept. What it answers
 * throws `Misconfigured` when the parameter is missing or malformed, `AwsError` when SSM does not answer.
 */
export const secretIn = <T>(cloud: Cloud, name: string, secret: Secret<T>): (() => Promise<T>) =>
  freshFor(keptMs, async () => {
    const value = secret.read(await textOf(cloud, name));
    if (value !== undefined) return value;
    throw new Misconfigured(
      `the SSM parameter ${name} must hold ${secret.mustHold}: see \`npm run secrets\``,
    );
  });

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html */
const parameter = z.object({ Parameter: z.object({ Value: z.string() }) });
const notFound = z.object({ code: z.literal('ParameterNotFound') });

async function textOf(cloud: Cloud, name: string): Promise<string> {
  const { signedJson } = await import('./signed.ts');
  const send = signedJson({ service: 'ssm', region: cloud.AWS_REGION, endpoint: cloud.AWS_ENDPOINT_URL });
  try {
    const answer = await send('AmazonSSM.GetParameter', { Name: name, WithDecryption: true });
    return parameter.parse(answer).Parameter.Value;
  } catch (error) {
    if (!notFound.safeParse(error).success) throw error;
    throw new Misconfigured(`the SSM parameter ${name} does not exist: \`npm run secrets\` creates it`);
  }
}
