// A stand-in for EC2 that speaks its query protocol, for all regions at one address, with what others lack:
// client tokens, errors of fleets, partial fleets, throttling, lost answers, late appearance, virtual time.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { installationTag } from '../../../shared/contract/names.ts';
import { closed, listening } from '../../store/server.ts';
import { type Belonging, belongingsOf } from './belongings.ts';
import { type HostState, type HostTimes, hostWorld, type StandInHost } from './hosts.ts';
import { type Perform, performer } from './operations.ts';
import type { Place, StandInImage } from './reading.ts';
import { Refused } from './refused.ts';
import { type Reset, type Resets, resetsOf } from './resets.ts';
import { type Asked, type Operation, operations, type Refusal, type Trouble } from './trouble.ts';
import { answerXml, type Form, parseForm, refusalXml } from './wire.ts';
import { type Birth, type Machine, type State, type Time, type WorldSettings, world } from './world.ts';

export interface StandInSettings extends Pick<WorldSettings, 'bootMs' | 'endMs' | 'onState'> {
  /** Default: the real clock. */
  now?: () => Time;
  /** Whose tag the subnets carry. Default: `studio`. */
  installation?: string;
  /** By region: each zone has a subnet. Default: three zones of us-east-1. */
  zones?: Record<string, readonly string[]>;
  images?: readonly StandInImage[];
  /** Names of launch templates. Default: all that are asked for exist. */
  templates?: readonly string[];
  /** A machine was reset: it boots again, from a new disk. */
  onReset?: (machine: Machine) => void;
  /** Lets happen what is due this often, in ms of the real clock. Default: only at calls and at `tick`. */
  tickMs?: number;
}

/** What goes over the wire for one call. `lost`: nothing does. */
export type Answer = { status: number; body: string } | 'lost';

export interface Ec2StandIn {
  /** Its address, for an SDK's `endpoint`. The region is that of the call's signature. */
  readonly url: string;
  readonly trouble: Trouble;
  /** How often each operation was called, refused and lost calls included. */
  readonly calls: Record<Operation, number>;
  /** What CreateFleet was asked, in the words of the wire. */
  readonly fleets: { region: string; form: Form }[];
  /** The same of RunInstances. */
  readonly runs: { region: string; form: Form }[];
  /** What things take on hosts, until a test says otherwise: nothing. */
  readonly hostTimes: HostTimes;
  /** All hosts, in the order of their allocation; those that were released are there for an hour. */
  hosts(): StandInHost[];
  /** Allocates a host by hand. Default: for mac2.metal in the first zone, without tags. */
  plantHost(
    tags?: Record<string, string>,
    at?: Partial<Pick<StandInHost, 'region' | 'zone' | 'type'>>,
  ): StandInHost;
  setHostState(id: string, state: HostState): void;
  /** All tasks that replace root volumes, in the order of their beginning. */
  resets(): Reset[];
  /** All machines, in the order of their start; those that have ended are there for an hour. */
  machines(): Machine[];
  /**
   * Starts a machine by hand, with these tags on all that it has. Default: a g4dn.xlarge on demand in the
   * first zone, without tags.
   */
  plant(tags?: Record<string, string>, birth?: Partial<Birth>): Machine;
  /** All volumes and network interfaces, in the order of their making. */
  belongings(): Belonging[];
  /** Makes a volume or network interface by hand, attached to nothing. Default: in the first zone. */
  plantBelonging(
    kind: Belonging['kind'],
    tags?: Record<string, string>,
    at?: Partial<Pick<Belonging, 'region' | 'zone'>>,
  ): Belonging;
  /** Ends a machine by itself. One that is over stays as it is. */
  end(id: string): void;
  setState(id: string, state: State): void;
  /** The subnet of a zone. */
  subnet(zone: string): string;
  /** Lets happen what is due by now. */
  tick(): void;
  /** Answers one call without HTTP. */
  answer(region: string, body: string): Answer;
  /** Ends all machines and stops listening. */
  close(): Promise<void>;
}

const noCalls: Record<Operation, number> = {
  CreateFleet: 0,
  DescribeInstances: 0,
  TerminateInstances: 0,
  DescribeSubnets: 0,
  DescribeImages: 0,
  RunInstances: 0,
  AllocateHosts: 0,
  DescribeHosts: 0,
  ReleaseHosts: 0,
  CreateReplaceRootVolumeTask: 0,
  DescribeReplaceRootVolumeTasks: 0,
  CreateTags: 0,
  DescribeVolumes: 0,
  DescribeNetworkInterfaces: 0,
  DeleteVolume: 0,
  DeleteNetworkInterface: 0,
};

/** At first nothing on hosts takes time. */
const noTime: HostTimes = { readyMs: 0, stopMs: 0, scrubMs: 0, earlyMs: 0, resetMs: 0, countedMs: 0 };

const defaultZones: Record<string, readonly string[]> = {
  'us-east-1': ['us-east-1a', 'us-east-1b', 'us-east-1c'],
};

export async function ec2StandIn(settings: StandInSettings = {}): Promise<Ec2StandIn> {
  const { zones = defaultZones, installation = 'studio' } = settings;
  const { place, resets, tick } = surroundings({ ...settings, zones, installation });
  const { world: machines, hosts, trouble } = place;
  const perform = performer(place, resets, tick);
  const calls = { ...noCalls };
  const fleets: Ec2StandIn['fleets'] = [];
  const runs: Ec2StandIn['runs'] = [];
  const answer = answerer({ perform, trouble, calls, fleets, runs });
  const server = createServer((request, response) => void serve(request, response, answer));
  const port = await listening(server);
  const ticking = settings.tickMs === undefined ? undefined : setInterval(tick, settings.tickMs);
  const [[region = '', [zone = ''] = []] = []] = Object.entries(zones);
  return {
    url: `http://127.0.0.1:${port}`,
    trouble,
    calls,
    fleets,
    runs,
    hostTimes: hosts.times,
    hosts: () => [...hosts.hosts.values()],
    plantHost: (tags = {}, at = {}) => hosts.allocate({ region, zone, type: 'mac2.metal', ...at }, tags),
    setHostState: hosts.setState,
    resets: () => [...resets.tasks.values()],
    belongings() {
      tick();
      return [...place.belongings.things.values()];
    },
    plantBelonging: (kind, tags = {}, at = {}) => place.belongings.plant(kind, tags, { region, zone, ...at }),
    machines: () => [...machines.machines.values()],
    plant(tags = {}, birth = {}) {
      const place = { region, zone, type: 'g4dn.xlarge', market: 'on-demand' as const, ...birth };
      const made = { subnet: subnetOf(installation, place.zone), image: undefined, template: 'none' };
      const resources = { instance: tags, volume: tags, 'network-interface': tags };
      return machines.start({ ...made, ...place, resources });
    },
    end: machines.end,
    setState: machines.setState,
    subnet: (of) => subnetOf(installation, of),
    tick,
    answer,
    async close() {
      clearInterval(ticking);
      for (const id of machines.machines.keys()) machines.end(id);
      await closed(server);
    },
  };
}

/** All that the calls are about, before the first one. */
function surroundings(
  settings: StandInSettings & Required<Pick<StandInSettings, 'zones' | 'installation'>>,
): { place: Place; resets: Resets; tick: () => void } {
  const { now = Date.now, zones, installation } = settings;
  const hosts = hostWorld(now, { ...noTime });
  const machines = world({ ...settings, now, hostedEndMs: () => hosts.times.stopMs });
  const trouble: Trouble = {};
  const place: Place = {
    world: machines,
    hosts,
    belongings: belongingsOf(machines, trouble, now),
    trouble,
    now,
    subnets: (region) => new Map((zones[region] ?? []).map((zone) => [zone, subnetOf(installation, zone)])),
    subnetTags: { [installationTag]: installation },
    images: settings.images ?? [],
    templates: settings.templates,
  };
  const resets = resetsOf(place, settings.onReset);
  // Hosts see the end of machines that are forgotten in the same moment.
  const tick = (): void => {
    hosts.tick();
    resets.tick();
    place.world.tick();
    place.belongings.tick();
  };
  return { place, resets, tick };
}

const subnetOf = (installation: string, zone: string): string =>
  `subnet-${createHash('sha256').update(`${installation}/${zone}`).digest('hex').slice(0, 17)}`;

interface Desk extends Pick<Ec2StandIn, 'trouble' | 'calls' | 'fleets' | 'runs'> {
  perform: Perform;
}

/** Counts the calls, and troubles them. */
function answerer({ perform, trouble, calls, fleets, runs }: Desk): Ec2StandIn['answer'] {
  return (region, body) => {
    const name = new URLSearchParams(body).get('Action');
    const operation = operations.find((each) => each === name);
    if (!operation)
      return refused({ code: 'InvalidAction', message: `The action ${name} is not valid here.` });
    calls[operation] += 1;
    const form = parseForm(body);
    if (operation === 'CreateFleet') fleets.push({ region, form });
    if (operation === 'RunInstances') runs.push({ region, form });
    const asked: Asked = { operation, region, nth: calls[operation] };
    const refusal = trouble.refuse?.(asked);
    const answered = refusal
      ? refused(refusal)
      : attempt(() => answerXml(operation, perform(operation, region, form)));
    return trouble.lose?.(asked) ? 'lost' : answered;
  };
}

function attempt(work: () => string): Answer {
  try {
    return { status: 200, body: work() };
  } catch (error) {
    if (error instanceof Refused) return refused(error.refusal);
    throw error;
  }
}

const refused = ({ code, message = code, status = 400 }: Refusal): Answer => ({
  status,
  body: refusalXml(code, message),
});

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (region: string, body: string) => Answer,
): Promise<void> {
  request.setEncoding('utf8');
  let body = '';
  for await (const chunk of request) body += chunk;
  // `AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/ec2/aws4_request, …`
  const region = /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/([a-z0-9-]+)\/ec2\//.exec(
    request.headers.authorization ?? '',
  )?.[1];
  const answered =
    region === undefined
      ? refused({ code: 'MissingAuthenticationToken', status: 403 })
      : answer(region, body);
  if (answered === 'lost') return void request.socket.destroy();
  response.writeHead(answered.status, { 'content-type': 'text/xml;charset=UTF-8' }).end(answered.body);
}
