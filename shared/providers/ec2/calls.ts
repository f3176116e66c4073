// The calls of EC2 that are made here, in any region, repeated where that may help.
import type {
  CreateFleetCommandInput,
  CreateFleetResult,
  Image,
  Instance,
  Subnet,
} from '@aws-sdk/client-ec2';
import { patiently, type Tries } from '../patience.ts';
import { together } from '../together.ts';
import { refusalOf } from './faults.ts';

/** By the filter's name: values of which one must fit. */
export type Filters = Record<string, readonly string[]>;

/** Each call throws EC2's error. Lists are whole: all pages, or an error. */
export interface Ec2Calls {
  createFleet(region: string, input: CreateFleetCommandInput): Promise<CreateFleetResult>;
  /** Those who ask for the same at the same time share one answer. */
  instances(region: string, filters: Filters): Promise<Instance[]>;
  subnets(region: string, filters: Filters): Promise<Subnet[]>;
  images(region: string, owner: string, filters: Filters): Promise<Image[]>;
  /** Ends all of them, or none. */
  terminate(region: string, ids: string[]): Promise<void>;
}

export interface CallSettings {
  /** Instead of EC2's own addresses. Default: what AWS_ENDPOINT_URL says. */
  endpoint?: string | undefined;
  /** Default: those of the function's role. */
  credentials?: { accessKeyId: string; secretAccessKey: string };
}

const tries: Tries = { throttled: 3, doubt: 2 };

/** What was asked to start, and did not answer, is looked for before it is asked for again. */
export const launchTries: Tries = { throttled: 3, doubt: 1 };

/** Makes calls by what `load` brings with the first one, and repeats them where that may help. */
export function patientCalls<S>(load: () => Promise<S>) {
  let loading: Promise<S> | undefined;
  const loaded = (): Promise<S> => {
    loading ??= load();
    return loading;
  };
  return <T>(call: (sdk: S) => Promise<T>, most = tries): Promise<T> =>
    patiently(
      async () => call(await loaded()),
      (error) => refusalOf(error).kind,
      most,
    );
}

/** The calls over the SDK, which is loaded with the first one. */
export function ec2Calls(settings: CallSettings): Ec2Calls {
  const patient = patientCalls(async () => (await import('./sdk.ts')).sdkCalls(settings));
  return {
    createFleet: (region, input) => patient((sdk) => sdk.createFleet(region, input), launchTries),
    instances: together(
      (region, filters) => patient((sdk) => sdk.instances(region, filters)),
      (region, filters) => JSON.stringify([region, filters]),
    ),
    subnets: (region, filters) => patient((sdk) => sdk.subnets(region, filters)),
    images: (region, owner, filters) => patient((sdk) => sdk.images(region, owner, filters)),
    terminate: (region, ids) => patient((sdk) => sdk.terminate(region, ids)),
  };
}
