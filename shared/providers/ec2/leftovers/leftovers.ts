// What machines of EC2 may leave behind: volumes and network interfaces of ours that are attached to nothing.
import type { NetworkInterface, Tag, Volume } from '@aws-sdk/client-ec2';
import { machineTags } from '../../../contract/machine.ts';
import { poolOfLaunch, protectTag } from '../../../contract/names.ts';
import { Doubt, type Leftover, type Leftovers } from '../../../scheduler/ports.ts';
import { refusalOf, wordsOf } from '../faults.ts';
import { inRegions } from '../regions.ts';
import type { LeftoverCalls } from './calls.ts';

export { type LeftoverCalls, leftoverCalls } from './calls.ts';

/** What the price of a volume depends on. `type`: `gp3`. `throughput`: MiB/s. */
export interface Disk {
  type: string;
  gibibytes: number;
  iops: number;
  throughput: number;
}

export interface LeftoverSettings {
  calls: LeftoverCalls;
  installation: string;
  /** All regions where machines may be. */
  regions: readonly string[];
  /** Of a volume, in US dollars for an hour. */
  priceOf(region: string, disk: Disk): number;
}

export function ec2Leftovers({ calls, installation, regions, priceOf }: LeftoverSettings): Leftovers {
  const filters = { [`tag:${machineTags.installation}`]: [installation], status: ['available'] };

  async function listIn(region: string): Promise<Leftover[]> {
    const [volumes, interfaces] = await Promise.all([
      calls.volumes(region, filters),
      calls.interfaces(region, filters),
    ]).catch((error: unknown) => {
      throw new Doubt(`what machines left in ${region} cannot be read: ${wordsOf(refusalOf(error))}`);
    });
    return [
      ...volumes.filter(isLeft).map((volume) => volumeOf(volume, region, priceOf)),
      ...interfaces.filter(isLoose).map((card) => interfaceOf(card, region)),
    ];
  }

  // A filter is looked at again, since the end of this is a deletion.
  const isOurs = (tags: Tag[] | undefined) => tagsOf(tags).get(machineTags.installation) === installation;
  const isLeft = ({ State, Attachments = [], Tags }: Volume): boolean =>
    State === 'available' && Attachments.length === 0 && isOurs(Tags);
  const isLoose = ({ Status, Attachment, TagSet }: NetworkInterface): boolean =>
    Status === 'available' && !Attachment?.AttachmentId && isOurs(TagSet);

  return {
    list: (onSilence) => inRegions(regions, listIn, onSilence),
    remove: (leftover) => remove(calls, leftover),
  };
}

/** EC2 itself refuses to delete what is attached. */
async function remove(calls: LeftoverCalls, { kind, id, place }: Leftover): Promise<void> {
  try {
    await (kind === 'volume' ? calls.deleteVolume(place, id) : calls.deleteInterface(place, id));
  } catch (error) {
    const refusal = refusalOf(error);
    if (isNone.test(refusal.code)) return;
    throw new Doubt(`${kind} ${id} in ${place} is not deleted: ${wordsOf(refusal)}`);
  }
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
const isNone = /^Invalid(Volume|NetworkInterfaceI[dD])\.NotFound$/;

function volumeOf(volume: Volume, region: string, priceOf: LeftoverSettings['priceOf']): Leftover {
  const { VolumeId, CreateTime, VolumeType = 'gp3', Size = 0, Iops = 0, Throughput = 0, Tags } = volume;
  const disk = { type: VolumeType, gibibytes: Size, iops: Iops, throughput: Throughput };
  return {
    kind: 'volume',
    id: named(VolumeId),
    ...saidBy(Tags, region),
    ...(CreateTime && { madeAt: CreateTime.getTime() }),
    usdPerHour: priceOf(region, disk),
  };
}

/** It costs nothing, and EC2 does not say since when it is there. */
const interfaceOf = ({ NetworkInterfaceId, TagSet }: NetworkInterface, region: string): Leftover => ({
  kind: 'interface',
  id: named(NetworkInterfaceId),
  ...saidBy(TagSet, region),
  usdPerHour: 0,
});

function named(id: string | undefined): string {
  if (!id) throw new Error('EC2 has answered a volume or a network interface without an id');
  return id;
}

function saidBy(tags: Tag[] | undefined, place: string): Pick<Leftover, 'place' | 'launch' | 'protected'> {
  const said = tagsOf(tags);
  const launch = said.get(machineTags.launch);
  return {
    place,
    ...(launch !== undefined && poolOfLaunch(launch) !== undefined && { launch }),
    ...(said.has(protectTag) && { protected: true }),
  };
}

const tagsOf = (tags: Tag[] = []): Map<string | undefined, string | undefined> =>
  new Map(tags.map(({ Key, Value }) => [Key, Value]));
