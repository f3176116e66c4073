// Releases hosts: EC2's answer is a success whatever became of each, so that it is read host by host.
import type { UnsuccessfulItem } from '@aws-sdk/client-ec2';
import { parseOffering } from '../../../contract/offerings.ts';
import type { ReleaseAnswer } from '../../../scheduler/host-ports.ts';
import type { Host } from '../../../scheduler/host-records.ts';
import { Doubt } from '../../../scheduler/ports.ts';
import { refusalOf, shortened, wordsOf } from '../faults.ts';
import { type HostTools, hostsIn, isNoHost } from './host.ts';

/** Throws `Doubt` when EC2 has not answered. */
export async function releaseHost(
  tools: HostTools,
  { hostId, offering }: Pick<Host, 'hostId' | 'offering'>,
): Promise<ReleaseAnswer> {
  const region = parseOffering(offering)?.region;
  if (hostId === undefined || region === undefined) return { released: false, why: noPlace(offering) };
  const answer = await asked(tools, region, hostId);
  if (typeof answer === 'string') return { released: false, why: answer };
  if (answer.Successful?.includes(hostId)) return { released: true };
  const item = answer.Unsuccessful?.find(({ ResourceId }) => ResourceId === hostId);
  if (!item) throw new Doubt(`EC2 has not said what became of host ${hostId}, which it was to release`);
  const why = unreleased(hostId, item);
  const after = notBefore(item);
  if (after !== undefined) return { released: false, why, after };
  return (await isReleased(tools, region, hostId)) ? { released: true } : { released: false, why };
}

const noPlace = (offering: string): string =>
  `a host without an id, or with the offering '${offering}', cannot be released`;

/** EC2's answer, or why it does not take the call. */
async function asked({ calls }: HostTools, region: string, hostId: string) {
  try {
    return await calls.releaseHosts(region, [hostId]);
  } catch (error) {
    const refusal = refusalOf(error);
    if (isNoHost(refusal.code)) return { Successful: [hostId] };
    const said = `host ${hostId} is not released: ${wordsOf(refusal)}`;
    if (refusal.kind === 'throttled' || refusal.kind === 'doubt') throw new Doubt(said);
    return said;
  }
}

function unreleased(hostId: string, { Error: error }: UnsuccessfulItem): string {
  const { Code = 'none', Message = 'nothing more' } = error ?? {};
  const meaning = meanings.get(Code) ?? `EC2 does not release host ${hostId}`;
  return `${meaning}. EC2 says ${Code}: ${shortened(Message)}`;
}

/**
 * The first is documented; the second is what others have met.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseHosts.html
 */
const meanings = new Map([
  ['Client.InvalidHost.Occupied', 'a machine is on the host, or is just ending'],
  ['Client.HostMinAllocationPeriodUnexpired', 'the host is not yet past its 24 hours'],
]);

/** `You can release this host any time after 2024-02-20T18:17:04.915Z.` */
function notBefore({ Error: error }: UnsuccessfulItem): number | undefined {
  const time = /\bafter (\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z)/.exec(error?.Message ?? '')?.[1];
  const at = Date.parse(time ?? '');
  return Number.isFinite(at) ? at : undefined;
}

/** What EC2 does not release may have been released before, or forgotten since. */
async function isReleased(tools: HostTools, region: string, hostId: string): Promise<boolean> {
  const [host] = await hostsIn(tools, region, { ids: [hostId] });
  return host === undefined || host.state === 'released' || host.state === 'released-permanent-failure';
}
