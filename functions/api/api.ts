// GET /api/jobs, /api/builders, /api/hosts and /api/receipts: JSON arrays, newest first.
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { poolOfLaunch } from '../../shared/contract/names.ts';
import { hostViews } from '../../shared/operations/hosts-view.ts';
import { publicBuilderViews, publicHostViews, publicJobViews } from '../../shared/operations/public-view.ts';
import { type KnownDays, publicReceiptViews, receiptViews } from '../../shared/operations/receipts-view.ts';
import { builderViews, type HostRules, jobViews, type Known } from '../../shared/operations/view.ts';
import { freshFor } from '../../shared/runtime/fresh.ts';
import type { Clock, History, OpenTable } from '../../shared/scheduler/ports.ts';
import type { PoolState } from '../../shared/scheduler/records.ts';
import { sharedPartition } from '../../shared/scheduler/shared-records.ts';
import { type Access, askerOf } from './access.ts';

export interface ApiParts {
  installation: string;
  pools: readonly string[];
  /** How pools with Macs keep their hosts. Absent where there are none. */
  hostRules?: HostRules;
  open: Pick<OpenTable, 'read'>;
  history: Pick<History, 'recent'>;
  clock: Pick<Clock, 'now'>;
  /** Without it everybody may read everything. */
  access?: Access;
  /** One line for each request, at its end. */
  log(line: Record<string, unknown>): void;
}

type Result = APIGatewayProxyStructuredResultV2;
type Api = (event: APIGatewayProxyEventV2) => Promise<Result>;

/** Rows of one kind that a request may ask for at most. */
const mostRows = 1000;

/** What is public is read at most this often (ms), whoever asks for it. */
const publicForMs = 10_000;

/** The handler. Answers 200, 400 (bad limit), 401, 404, and 503 while the token cannot be read. */
export function createApi(parts: ApiParts): Api {
  const { clock, log } = parts;
  const latest = latestOf(parts);
  return async (event) => {
    const began = clock.now();
    const asker = parts.access && (await askerOf(parts.access, headerOf(event, 'authorization')));
    const result = await answerTo(asker?.is ?? 'trusted', parts, latest, event);
    const why = asker?.is === 'unknown' ? { level: 'error', why: asker.why } : {};
    const status = result.statusCode;
    log({ unit: 'api', asker: asker?.is, status, ms: clock.now() - began, ...why });
    return result;
  };
}

/** What is public, as it was read last. */
interface Latest {
  known: () => Promise<Known>;
  days: () => Promise<KnownDays>;
}

/** Always all of it: what is public must not depend on how much a stranger asks for. */
const latestOf = (parts: ApiParts): Latest => ({
  known: freshFor(publicForMs, () => readKnown(parts, mostRows), parts.clock.now),
  days: freshFor(publicForMs, () => readDays(parts, mostRows), parts.clock.now),
});

type Asking = Awaited<ReturnType<typeof askerOf>>['is'];

async function answerTo(
  asker: Asking,
  parts: ApiParts,
  latest: Latest,
  { rawPath, queryStringParameters }: APIGatewayProxyEventV2,
): Promise<Result> {
  switch (asker) {
    case 'refused':
      return answer(401, { message: 'Unauthorized' }, { 'www-authenticate': 'Bearer' });
    case 'unknown':
      return answer(503, { message: 'Service Unavailable' });
    case 'trusted':
    case 'anybody': {
      const limit = parseLimit(queryStringParameters?.limit);
      if (limit === undefined)
        return answer(400, { message: `limit must be a whole number from 1 to ${mostRows}` });
      const isPublic = asker === 'anybody';
      const now = parts.clock.now();
      if (rawPath === '/api/receipts') {
        const days = isPublic ? await latest.days() : await readDays(parts, limit);
        return answer(200, (isPublic ? publicReceiptViews : receiptViews)(days, now).slice(0, limit));
      }
      const rows = rowsOf(rawPath, isPublic);
      if (!rows) return answer(404, { message: 'Not Found' });
      const known = isPublic ? await latest.known() : await readKnown(parts, limit);
      return answer(200, rows(known, now).slice(0, limit));
    }
  }
}

/** The rows that a path answers, of jobs, builders and hosts. */
function rowsOf(path: string, isPublic: boolean): ((known: Known, now: number) => object[]) | undefined {
  if (path === '/api/jobs') return isPublic ? publicJobViews : jobViews;
  if (path === '/api/builders') return isPublic ? publicBuilderViews : builderViews;
  if (path === '/api/hosts') return isPublic ? publicHostViews : hostViews;
  return undefined;
}

/** Of today from the reaper's memory, of the days before from their receipts. */
async function readDays({ open, history }: ApiParts, limit: number): Promise<KnownDays> {
  const [{ sweeps }, receipts] = await Promise.all([
    open.read(sharedPartition),
    history.recent('receipt', limit),
  ]);
  return { memory: sweeps[0], history: receipts };
}

/** `?limit=` rows: 200 when it is not given. Undefined: it is something else than 1 to 1000. */
function parseLimit(text = '200'): number | undefined {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  return limit >= 1 && limit <= mostRows ? limit : undefined;
}

/** A header's value; names have no case. */
function headerOf({ headers }: APIGatewayProxyEventV2, name: string): string | undefined {
  const found = Object.keys(headers ?? {}).find((key) => key.toLowerCase() === name);
  return found === undefined ? undefined : headers[found];
}

/**
 * The rows of jobs, builders and hosts name each other, so all kinds are read; also of pools that are not in
 * the configuration any more, as long as something of theirs costs money.
 */
export async function readKnown(
  { installation, pools, hostRules, open, history }: Omit<ApiParts, 'log'>,
  limit: number,
): Promise<Known> {
  const [states, ...ended] = await Promise.all([
    readPools(open, pools),
    history.recent('job', limit),
    history.recent('builder', limit),
    history.recent('host', limit),
  ]);
  return { installation, states, history: ended.flat(), hostRules };
}

/** The ledgers name all that costs money, by ids that begin with their pools. */
async function readPools(open: ApiParts['open'], pools: readonly string[]): Promise<PoolState[]> {
  const read = (some: readonly string[]) => Promise.all(some.map((pool) => open.read(pool)));
  const [{ ledgers }, states] = await Promise.all([open.read(sharedPartition), read(pools)]);
  const charged = ledgers.flatMap(({ open }) => Object.keys(open)).flatMap((id) => poolOfLaunch(id) ?? []);
  const others = new Set(charged.filter((pool) => !pools.includes(pool)));
  return [...states, ...(await read([...others]))];
}

const answer = (statusCode: number, body: unknown, headers = {}): Result => ({
  statusCode,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(body),
});
