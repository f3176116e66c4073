// The deployed API, asked with the token, and what is wrong with its answer in words.
import * as z from 'zod/mini';

/** What the page asks for. */
export const kinds = ['jobs', 'builders', 'hosts', 'receipts'] as const;
export type Kind = (typeof kinds)[number];

export interface DeployedApi {
  /** As the stack tells it: `https://<host>/api`. */
  url: URL;
  token: string;
  /** How long it may take to answer, in ms. */
  patienceMs: number;
}

/** Rows as JSON, or why there are none: one line for people, without the token and without the answer. */
export type Answer = { rows: string } | { fault: string };

/** Asks for the latest rows of a kind; `limit` as the API has it. Ends with `signal`. */
export async function askApi(
  { url, token, patienceMs }: DeployedApi,
  kind: Kind,
  limit: string | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  const address = new URL(`${url.pathname.replace(/\/$/, '')}/${kind}`, url);
  if (limit !== undefined) address.searchParams.set('limit', limit);
  const patience = AbortSignal.timeout(patienceMs);
  try {
    const response = await fetch(address, {
      headers: { authorization: `Bearer ${token}` },
      // The token goes nowhere else.
      redirect: 'manual',
      signal: AbortSignal.any([patience, signal]),
    });
    const body = await response.text();
    if (response.status !== 200) return { fault: statusFault(response.status, kind) };
    return isRows(body) ? { rows: body } : { fault: `what answers at ${url.host} is not Callsheet's API` };
  } catch (error) {
    if (patience.aborted) return { fault: `the API did not answer within ${patienceMs / 1000} s` };
    return { fault: `the API at ${url.host} cannot be reached (${causeOf(error)})` };
  }
}

function statusFault(status: number, kind: Kind): string {
  switch (status) {
    case 401:
      return 'the API refuses the token (401): if it was rotated, start npm run page again in five minutes';
    case 404:
      return `the API does not know /api/${kind} (404): deploy this version of Callsheet`;
    case 429:
      return 'the API is asked too often (429): close other pages of Callsheet';
    case 503:
      return 'the API cannot answer now (503): npm run secrets shows whether it has its token';
    default:
      return `the API answered ${status}`;
  }
}

const rowsSchema = z.array(z.record(z.string(), z.unknown()));

function isRows(body: string): boolean {
  try {
    return rowsSchema.safeParse(JSON.parse(body)).success;
  } catch {
    return false;
  }
}

const causeSchema = z.object({ cause: z.object({ code: z.string() }) });

/** Never its message: that may quote a header. */
function causeOf(error: unknown): string {
  const known = causeSchema.safeParse(error);
  if (known.success) return known.data.cause.code;
  return error instanceof Error ? error.name : 'unknown';
}
