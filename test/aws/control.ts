// A hand behind the scenes: calls to the stand-in that go past the fault proxy, and its functions' processes.
import { readdirSync, readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { account, region } from './stand-ins.ts';

/** Calls an operation of an AWS JSON protocol, as `AmazonSSM.GetParameter`. Throws what is refused. */
export type Control = (target: string, body: object) => Promise<unknown>;

/** The stand-in reads the account from the signature's scope, and checks nothing else of it. */
export const controlOf =
  (endpoint: string): Control =>
  async (target, body) => {
    const scope = `${account}/20260101/${region}/any/aws4_request`;
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'x-amz-target': target,
        'content-type': 'application/x-amz-json-1.1',
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
      },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${target}: ${answer.status} ${text.slice(0, 300)}`);
    return JSON.parse(text || '{}');
  };

const events = z.object({
  events: z.array(z.object({ timestamp: z.number(), message: z.string() })),
  nextToken: z.optional(z.string()),
});

/** All that was written to a log group, oldest first. */
export async function readLog(control: Control, logGroupName: string): Promise<string[]> {
  const lines: string[] = [];
  for (let nextToken: string | undefined; ; ) {
    const page = events.parse(
      await control('Logs_20140328.FilterLogEvents', { logGroupName, ...(nextToken && { nextToken }) }),
    );
    lines.push(...page.events.map(({ message }) => message));
    nextToken = page.nextToken;
    if (!nextToken) return lines;
  }
}

/** Ids of the processes that run the function; there is one at most. */
export const workersOf = (functionName: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => commandOf(pid).includes(`/ministack-lambda-${functionName}-`));

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}
