// Hosts of an account, and which zones have which instance types, as the admin commands ask for them.
import type { Item } from './account.ts';

export interface HostStandIn {
  id: string;
  type: string;
  /** Default: `available`. */
  state?: string;
  /** Ids of the machines on it. */
  instances?: string[];
  /** Milliseconds since 1970. */
  allocatedAt: number;
  tags: Record<string, string>;
}

export function hostItem({
  id,
  type,
  state = 'available',
  instances = [],
  allocatedAt,
  tags,
}: HostStandIn): Item {
  const tagged = Object.entries(tags);
  const items = (xmls: string[]) => xmls.map((xml) => `<item>${xml}</item>`).join('');
  return {
    // EC2 knows more filters, but none by the values of tags.
    fields: { 'tag-key': Object.keys(tags).find((key) => key === 'callsheet:installation') ?? '' },
    xml:
      `<hostId>${id}</hostId><state>${state}</state>` +
      `<hostProperties><instanceType>${type}</instanceType></hostProperties>` +
      `<allocationTime>${new Date(allocatedAt).toISOString()}</allocationTime>` +
      `<instances>${items(instances.map((each) => `<instanceId>${each}</instanceId>`))}</instances>` +
      `<tagSet>${items(tagged.map(([key, value]) => `<key>${key}</key><value>${value}</value>`))}</tagSet>`,
  };
}

/** By zone: it must be asked for, since EC2 answers by region otherwise. */
export const typeItems = (types: Record<string, string[]> = {}, form: URLSearchParams): Item[] =>
  Object.entries(types).flatMap(([type, zones]) =>
    (form.get('LocationType') === 'availability-zone' ? zones : ['the-region']).map((zone) => ({
      fields: { 'instance-type': type },
      xml: `<instanceType>${type}</instanceType><location>${zone}</location>`,
    })),
  );
