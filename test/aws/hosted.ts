// A function that must run several times at once: MiniStack has one process for it, and hands its events on.
import { join } from 'node:path';
import * as z from 'zod/mini';
import { node } from '../local/github/stage.ts';
import { type Host, lambdaHost } from '../stand-ins/lambda/host.ts';
import { account, region } from './stand-ins.ts';

const configuration = z.object({
  MemorySize: z.number(),
  Timeout: z.number(),
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
});

/**
 * From now on the deployed function runs outside, with its own settings and bundle. `say` hears its lines.
 * Throws when MiniStack does not know the function.
 */
export async function hostOutside(
  endpoint: string,
  { name, bundle, say }: { name: string; bundle: string; say(line: string): void },
): Promise<Host> {
  const url = `${endpoint}/2015-03-31/functions/${name}/configuration`;
  const scope = `${account}/20260101/${region}/lambda/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`;
  const call = async (init: RequestInit): Promise<unknown> => {
    const answer = await fetch(url, { ...init, headers: { authorization } });
    if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const { MemorySize, Timeout, Environment } = configuration.parse(await call({}));
  const host = await lambdaHost({
    bundle: join(bundle, 'index.mjs'),
    node,
    variables: { ...Environment.Variables, ...surroundings },
    memoryMiB: MemorySize,
    timeoutMs: Timeout * 1000,
    say,
  });
  const Variables = { ...Environment.Variables, MINISTACK_LAMBDA_PROXY_URL: host.url };
  await call({ method: 'PUT', body: JSON.stringify({ Environment: { Variables } }) });
  return host;
}

/** What Lambda gives every function. */
const surroundings = {
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: account,
  AWS_SECRET_ACCESS_KEY: 'none',
  AWS_SESSION_TOKEN: 'none',
};
