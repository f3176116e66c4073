// What goes wrong in the stand-in: set by tests, read at each call.

export const operations = [
  'CreateFleet',
  'DescribeInstances',
  'TerminateInstances',
  'DescribeSubnets',
  'DescribeImages',
  'RunInstances',
  'AllocateHosts',
  'DescribeHosts',
  'ReleaseHosts',
  'CreateReplaceRootVolumeTask',
  'DescribeReplaceRootVolumeTasks',
  'CreateTags',
  'DescribeVolumes',
  'DescribeNetworkInterfaces',
  'DeleteVolume',
  'DeleteNetworkInterface',
] as const;
export type Operation = (typeof operations)[number];

export interface Refusal {
  /** EC2's name for it, as `RequestLimitExceeded`. */
  code: string;
  message?: string;
  /** Default: 400. */
  status?: number;
}

/** What a fleet tries to get a machine as. */
export interface Slot {
  region: string;
  zone: string;
  type: string;
  market: 'spot' | 'on-demand';
}

/** A call, as `refuse` and `lose` see it. */
export interface Asked {
  operation: Operation;
  region: string;
  /** Counts the calls of the operation from 1, in all regions. */
  nth: number;
}

export interface Trouble {
  /** Refuses a call; nothing is done. */
  refuse?: ((asked: Asked) => Refusal | undefined) | undefined;
  /** The work is done, and the connection is closed instead of an answer. */
  lose?: ((asked: Asked) => boolean) | undefined;
  /**
   * Why no further machine can be got as the slot (the fleet's error then), while `running` of them are
   * there. Undefined: one can.
   */
  short?: ((slot: Slot, running: number) => Refusal | undefined) | undefined;
  /** Why no host can be got for the slot. Undefined: one can. */
  noHosts?: ((slot: Slot) => Refusal | undefined) | undefined;
  /** Hosts of a family (`mac2`) that an account may have in a region. Absent: any number. */
  hostQuotas?: Readonly<Record<string, number>> | undefined;
  /** Does the reset of this machine fail? */
  resetFails?: ((machine: string) => boolean) | undefined;
  /** From when on EC2 shows a machine or host, and lets a machine be ended, in ms after it was made. */
  shownAfterMs?: number | undefined;
  /** Ids of machines that lists lack although they are there. */
  unlisted?: readonly string[] | undefined;
  /** Ids of machines that are protected from being ended. */
  guarded?: readonly string[] | undefined;
  /** Do volume and network interface of this machine stay when it has ended? */
  leaves?: ((machine: { id: string }) => boolean) | undefined;
  /** Pages are no longer than this, whatever is asked for. */
  pageSize?: number | undefined;
}

export const throttled: Refusal = {
  code: 'RequestLimitExceeded',
  message: 'Request limit exceeded.',
  status: 503,
};
export const unavailable: Refusal = {
  code: 'Unavailable',
  message: 'The service is unavailable.',
  status: 503,
};
export const noHosts: Refusal = {
  code: 'InsufficientHostCapacity',
  message: 'There is not enough capacity to fulfill your Dedicated Host request.',
};
export const empty: Refusal = {
  code: 'InsufficientInstanceCapacity',
  message: 'We currently do not have sufficient capacity in the Availability Zone you requested.',
};
