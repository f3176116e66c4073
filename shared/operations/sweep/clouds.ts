// What the clouds show at the beginning of a sweep, and which of their places do not tell.
import { parseOffering } from '../../contract/offerings.ts';
import type { HostSighting } from '../../scheduler/host-ports.ts';
import type { OnSilence, Provider, Sighting, Silence } from '../../scheduler/ports.ts';
import type { Time } from '../../scheduler/records.ts';
import type { LeftKind } from '../../scheduler/sweep-records.ts';
import { inParallel } from '../change.ts';
import type { Ports } from '../ports.ts';
import { abstain, partOrAbstain, type Report } from './report.ts';

/** What a cloud has shown, and when it was asked: what happened later it cannot know. */
export interface Shown<S> {
  /** In the report: `provider ec2`. */
  part: string;
  at: Time;
  sightings: readonly S[];
  ids: ReadonlySet<string>;
  /** Its places that did not tell: what they may hide is not missed. */
  silences: readonly Silence[];
}

export interface ShownMachines extends Shown<Sighting> {
  provider: string;
}
export type ShownHosts = Shown<HostSighting>;

/** A provider that did not answer at all is absent, and its part abstains; so with hosts, if any. */
export interface Clouds {
  machines: readonly ShownMachines[];
  hosts: ShownHosts | undefined;
}

export async function listClouds(ports: Ports, report: Report): Promise<Clouds> {
  const machines: ShownMachines[] = [];
  const list = async ([provider, cloud]: [string, Provider]): Promise<void> => {
    const of = { part: `provider ${provider}`, kind: 'machine' as const, idOf: ({ id }: Sighting) => id };
    const shown = await listOne(ports, report, of, (onSilence) => cloud.list(onSilence));
    if (shown) machines.push({ provider, ...shown });
  };
  const [hosts] = await Promise.all([
    listHosts(ports, report),
    inParallel(Object.entries(ports.providers), 4, list),
  ]);
  return { machines, hosts };
}

async function listHosts(ports: Ports, report: Report): Promise<ShownHosts | undefined> {
  const { hosts } = ports;
  const of = { part: 'hosts', kind: 'host' as const, idOf: ({ hostId }: HostSighting) => hostId };
  return hosts && listOne(ports, report, of, (onSilence) => hosts.list(onSilence));
}

/** Each silent place abstains by its name, and so does the whole when nothing is told at all. */
async function listOne<S>(
  { clock }: Ports,
  report: Report,
  { part, kind, idOf }: { part: string; kind: LeftKind; idOf: (sighting: S) => string },
  list: (onSilence: OnSilence) => Promise<S[]>,
): Promise<Shown<S> | undefined> {
  const at = clock.now();
  const silences: Silence[] = [];
  let shown: Shown<S> | undefined;
  await partOrAbstain(report, { part, kinds: [kind] }, async () => {
    const sightings = await list((silence) => void silences.push(silence));
    shown = { part, at, sightings, ids: new Set(sightings.map(idOf)), silences };
  });
  for (const { place, why } of shown ? silences : []) {
    abstain(report, { part: `${part} in ${place}`, why, kinds: [kind], place });
  }
  return shown;
}

/** Where a thing is, as a receipt names it; undefined where the cloud has one place only. */
export const placeOf = (offering: string | undefined): string | undefined =>
  offering === undefined ? undefined : parseOffering(offering)?.region;

/** May it be where nothing was told? That the list lacks it says nothing then. */
export const isHidden = (
  { silences }: Shown<unknown>,
  it: { id: string; offering?: string | undefined },
): boolean => silences.some((silence) => silence.hides(it));
