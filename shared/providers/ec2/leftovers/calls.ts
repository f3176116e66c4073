// The calls of EC2 that find and delete volumes and network interfaces, in any region, repeated where that
// may help.
import type { NetworkInterface, Volume } from '@aws-sdk/client-ec2';
import { type CallSettings, type Filters, patientCalls } from '../calls.ts';

/** Each call throws EC2's error. Lists are whole: all pages, or an error. */
export interface LeftoverCalls {
  volumes(region: string, filters: Filters): Promise<Volume[]>;
  interfaces(region: string, filters: Filters): Promise<NetworkInterface[]>;
  deleteVolume(region: string, id: string): Promise<void>;
  deleteInterface(region: string, id: string): Promise<void>;
}

/** The calls over the SDK, which is loaded with the first one. */
export function leftoverCalls(settings: CallSettings): LeftoverCalls {
  const patient = patientCalls(async () => (await import('./sdk.ts')).sdkCalls(settings));
  return {
    volumes: (region, filters) => patient((sdk) => sdk.volumes(region, filters)),
    interfaces: (region, filters) => patient((sdk) => sdk.interfaces(region, filters)),
    deleteVolume: (region, id) => patient((sdk) => sdk.deleteVolume(region, id)),
    deleteInterface: (region, id) => patient((sdk) => sdk.deleteInterface(region, id)),
  };
}
