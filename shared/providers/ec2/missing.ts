// Faults of launches that EC2 is not asked for, since something of them is missing.
import { zoneShelf } from '../../contract/offerings.ts';
import type { Fault } from '../../scheduler/ports.ts';
import type { Launch } from '../../scheduler/records.ts';
import type { NewestImage } from './request.ts';

export const strange = ({ id, request }: Launch): Fault => ({
  kind: 'invalid',
  why: `launch ${id} asks '${request.slice(0, 100)}', which is no request of ours`,
});

export const noImage = (region: string, { owner, name, architecture }: NewestImage): Fault => ({
  kind: 'invalid',
  why: `no image of ${owner} in ${region} is named '${name}' (${architecture}): name another`,
  cheap: true,
});

/** A zone may be named more than once. */
export function noSubnets(region: string, zones: readonly string[]): Fault {
  const bare = [...new Set(zones)];
  return {
    kind: 'invalid',
    why: `no subnet of Callsheet's is in ${bare.join(', ')}: deploy the region with npx cdk deploy --all`,
    shelves: bare.map((zone) => zoneShelf({ region, zone })),
    cheap: true,
  };
}
