// Counts what passes between the functions, AWS and GitHub in a world of scale.
import type { SQSEvent } from 'aws-lambda';
import type { SimulatedFunction } from '../aws/lambda.ts';
import type { SimulatedQueue } from '../aws/sqs.ts';
import type { Functions } from '../functions.ts';
import type { CallOptions, Process, World } from '../world.ts';
import { gitHubSettings } from './foundation.ts';
import type { Meter, Window } from './meter.ts';

/** Hears each call that arrives, with its answer. */
type Hear = (what: string, answer: unknown) => void;

const heard = (world: World, hear: Hear): World => ({
  ...world,
  call: <T>(process: Process, what: string, effect: () => T | Promise<T>, options?: CallOptions) =>
    world.call(
      process,
      what,
      async () => {
        const answer = await effect();
        hear(what, answer);
        return answer;
      },
      options,
    ),
});

/** By route: the numbers and names in it left out. */
const routes: readonly [pattern: RegExp, name: string][] = [
  [/generate-jitconfig$/, 'JIT configuration'],
  [/access_tokens$/, 'token'],
  [/^GET .*\/actions\/jobs\/\d+$/, 'look at a job'],
  [/^GET .*\/actions\/runs\/\d+$/, 'look at a run'],
  [/^GET .*\/actions\/runs/, 'list of queued runs or jobs'],
  [/^DELETE .*\/runners\//, 'delete a registration'],
  [/^GET .*\/runners$/, 'list of registrations'],
  [/hook\/deliveries/, 'deliveries'],
];

/** Refused for a rate limit. */
const isLimited = (answer: unknown): boolean =>
  typeof answer === 'object' && answer !== null && 'status' in answer && answer.status === 403;

export const countingGitHub = (world: World, meter: Meter): World =>
  heard(world, (what, answer) => {
    const name = routes.find(([pattern]) => pattern.test(what))?.[1] ?? 'other';
    const account = /^\w+ \/(?:orgs|repos)\/([^/]+)/.exec(what)?.[1] ?? 'app';
    const isJit = name === 'JIT configuration';
    meter.add(`GitHub ${name}`);
    if (isLimited(answer)) meter.add(`limit ${name} of ${account}`);
    if (isJit) meter.add(`JIT of ${account}`, 1, 'minute', 'hour');
    else meter.add(`core of ${account}`, 1, 'minute', 'hour');
  });

/** The organizations, each with an installation of its own. */
export const accounts = Object.keys(gitHubSettings.installations ?? {});

const perPage = 1000;
const pagesOf = (answer: unknown): number =>
  Array.isArray(answer) ? Math.max(1, Math.ceil(answer.length / perPage)) : 1;

const verbs: readonly [start: string, name: string][] = [
  ['create fleet', 'CreateFleet'],
  ['instances', 'DescribeInstances'],
  ['terminate', 'TerminateInstances'],
  ['subnets', 'DescribeSubnets'],
  ['prove', 'DescribeInstances'],
];

export const countingEc2 = (world: World, meter: Meter): World =>
  heard(world, (what, answer) => {
    const name = verbs.find(([start]) => what.startsWith(start))?.[1] ?? 'DescribeVolumes and others';
    meter.add(`EC2 ${name}`, pagesOf(answer), 'second', 'minute');
    if (name === 'TerminateInstances') meter.add('EC2 instances ended', what.split(',').length, 'minute');
  });

export const countedQueue = (meter: Meter, queue: SimulatedQueue): SimulatedQueue => ({
  ...queue,
  send(process) {
    const send = queue.send(process);
    return (target, body) => {
      meter.add('SQS SendMessage', 1, 'second');
      return send(target, body);
    };
  },
});

const longestWhy = 100;

/** Each run of a function, and how long it took: Lambda is paid for both. */
export function countedFunctions(world: World, meter: Meter, functions: Functions): Functions {
  const { time } = world;
  let running = 0;
  const counted = <Event, Answer>(
    name: string,
    { invoke }: SimulatedFunction<Event, Answer>,
    hear?: (event: Event) => void,
    ...peaks: Window[]
  ): SimulatedFunction<Event, Answer> => ({
    async invoke(event, about) {
      const began = time.now();
      running += 1;
      meter.reach('functions at once', running);
      hear?.(event);
      try {
        return await invoke(event, about);
      } catch (error) {
        meter.add(`failed ${name}: ${String(error).slice(0, longestWhy)}`);
        throw error;
      } finally {
        running -= 1;
        meter.add(`run ${name}`, 1, ...peaks);
        meter.add(`ms ${name}`, time.now() - began);
        meter.reach(`longest ${name}`, time.now() - began);
      }
    },
  });
  const hearRings = (event: SQSEvent): void => {
    meter.add('SQS ReceiveMessage');
    meter.add('SQS DeleteMessageBatch');
    meter.add('rings', event.Records.length);
  };
  return {
    webhook: counted('webhook', functions.webhook),
    dispatcher: counted('dispatcher', functions.dispatcher, hearRings),
    builderApi: counted('builder-api', functions.builderApi),
    cloudEvents: counted('cloud-events', functions.cloudEvents),
    reaper: counted('reaper', functions.reaper),
  };
}
