// GET /api/jobs and GET /api/builders: what is open and what has ended, as JSON arrays, newest first.
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { builderViews, jobViews, type Known } from '../../shared/operations/view.ts';
import type { Clock, History, OpenTable } from '../../shared/scheduler/ports.ts';

export interface ApiParts {
  installation: string;
  pools: readonly string[];
  open: Pick<OpenTable, 'read'>;
  history: Pick<History, 'recent'>;
  clock: Pick<Clock, 'now'>;
}

type Api = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

/** Who may ask is for the caller of this factory to decide: it answers everybody. */
export function createApi(parts: ApiParts): Api {
  return async ({ rawPath, queryStringParameters }) => {
    const limit = parseLimit(queryStringParameters?.limit);
    if (limit === undefined) {
      return answer(400, { message: 'limit must be a whole number from 1 to 1000' });
    }
    switch (rawPath) {
      case '/api/jobs':
        return answer(200, jobViews(await readKnown(parts, limit)).slice(0, limit));
      case '/api/builders':
        return answer(200, builderViews(await readKnown(parts, limit), parts.clock.now()).slice(0, limit));
    }
    return answer(404, { message: 'Not Found' });
  };
}

/** `?limit=` rows: 1 to 1000, 200 when it is not given. Undefined: it is something else. */
function parseLimit(text = '200'): number | undefined {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  return limit >= 1 && limit <= 1000 ? limit : undefined;
}

/** A builder's row names its job and a job's row its builder, so both kinds are read. */
export async function readKnown(
  { installation, pools, open, history }: ApiParts,
  limit: number,
): Promise<Known> {
  const [states, jobs, builders] = await Promise.all([
    Promise.all(pools.map((pool) => open.read(pool))),
    history.recent('job', limit),
    history.recent('builder', limit),
  ]);
  return { installation, states, history: [...jobs, ...builders] };
}

const answer = (statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(body),
});
