// One HTTP request by itself, and its failure in words.
import { messageOf, Problem } from '../command.ts';

const timeoutMs = 10_000;

/** The answer without its body, whatever its status; redirects are not followed. Throws `Problem`. */
export async function request(url: URL, init: RequestInit = {}): Promise<Response> {
  try {
    const answer = await fetch(url, {
      ...init,
      headers: { 'user-agent': 'callsheet-doctor', ...init.headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await answer.body?.cancel();
    return answer;
  } catch (error) {
    throw new Problem(`no answer from ${url.host} (${causeOf(error)}): check the address and the network`);
  }
}

/** What fetch failed of: `connect ECONNREFUSED 127.0.0.1:9`. */
const causeOf = (error: unknown): string =>
  messageOf(error instanceof Error && error.cause instanceof Error ? error.cause : error);
