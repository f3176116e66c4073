// API Gateway before the functions: each route takes so many requests a second, the rest are refused.
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod/mini';
import { type Throttle, throttles } from '../../../infra/aws/throttles.ts';
import type { Functions } from '../functions.ts';
import type { Path } from '../https.ts';
import { second } from '../time.ts';
import type { World } from '../world.ts';
import type { Meter } from './meter.ts';

type Answer = APIGatewayProxyStructuredResultV2;
type Gateway = { world: World } & Pick<Functions, 'webhook' | 'builderApi'>;

const throttleOf: Record<Path, Throttle> = {
  claim: throttles.claims,
  job: throttles.turns,
  progress: throttles.progress,
  finished: throttles.turns,
};

/**
 * `thin`: of the heartbeats of a busy builder some are only counted, see `heartbeats`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
 */
export function throttled(
  world: World,
  meter: Meter,
  { webhook, builderApi, thin }: Gateway & { thin: boolean },
): Gateway {
  const beats = heartbeats(world, meter);
  const buckets = new Map<string, ReturnType<typeof bucket>>();
  const takes = (route: string, throttle: Throttle): boolean => {
    const own = buckets.get(route) ?? bucket(world, throttle);
    buckets.set(route, own);
    meter.add(`route ${route}`, 1, 'second', 'minute');
    const isTaken = own();
    if (!isTaken) meter.add(`route ${route} refused`);
    return isTaken;
  };
  const refusal = { statusCode: 429, body: '{"message":"Too Many Requests"}' };
  return {
    world,
    webhook: {
      invoke: async (event, about) =>
        takes('webhook', throttles.webhook) ? webhook.invoke(event, about) : refusal,
    },
    builderApi: {
      async invoke(event, about) {
        const path = pathOf(event.rawPath);
        if (!takes(path, throttleOf[path])) return refusal;
        const invoke = (): Promise<Answer> => builderApi.invoke(event, about);
        return thin && path === 'progress' ? beats(event.body, invoke) : invoke();
      },
    },
  };
}

const paths = ['claim', 'job', 'progress', 'finished'] as const;

function pathOf(rawPath: string): Path {
  const found = paths.find((path) => rawPath.endsWith(`/${path}`));
  if (!found) throw new Error(`no such route: ${rawPath}`);
  return found;
}

/** A token bucket: full in the beginning. Answers whether it had one. */
function bucket({ time }: World, { rate, burst }: Throttle): () => boolean {
  let tokens = burst;
  let at = time.now();
  return () => {
    tokens = Math.min(burst, tokens + ((time.now() - at) / second) * rate);
    at = time.now();
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

const heartbeat = z.object({ builder: z.string(), busy: z.boolean() });

/** So long after one that the function has answered, others of the same busy builder are only counted. */
const thinForMs = 100 * second;

/** One read of the builder's record and one write of it, which has less than 1 kB. */
const beatUnits = { read: 1, write: 1 };
const beatMs = 40;

/** Most calls of a day are heartbeats of builders whose job runs, each like the one before. */
function heartbeats({ time }: World, meter: Meter) {
  const known = new Map<string, { at: number; answer: Answer }>();
  return async (body: string | undefined, invoke: () => Promise<Answer>): Promise<Answer> => {
    const { builder, busy } = heartbeat.parse(JSON.parse(body ?? ''));
    const before = known.get(builder);
    if (busy && before && time.now() - before.at < thinForMs) {
      meter.add('run builder-api');
      meter.add('ms builder-api', beatMs);
      meter.add('DynamoDB GetItem');
      meter.add('DynamoDB PutItem');
      meter.add('read units', beatUnits.read);
      meter.add('write units', beatUnits.write);
      meter.add('heartbeats only counted');
      return before.answer;
    }
    const at = time.now();
    const answer = await invoke();
    if (busy && answer.statusCode === 200) known.set(builder, { at, answer });
    else known.delete(builder);
    return answer;
  };
}
