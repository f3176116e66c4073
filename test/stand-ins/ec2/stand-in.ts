// A stand-in for EC2 that speaks its query protocol, for all regions at one address, with what others lack:
// client tokens, errors of fleets, partial fleets, throttling, lost answers, late appearance, virtual time.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { installationTag } from '../../../shared/contract/names.ts';
import { closed, listening } from '../../store/server.ts';
import { type Perform, performer, type StandInImage } from './operations.ts';
import { Refused } from './refused.ts';
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
  /** All machines, in the order of their start; those that have ended are there for an hour. */
  machines(): Machine[];
  /** Starts a machine by hand. Default: a g4dn.xlarge on demand in the first zone, without tags. */
  plant(tags?: Record<string, string>, birth?: Partial<Birth>): Machine;
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
};

const defaultZones: Record<string, readonly string[]> = {
  'us-east-1': ['us-east-1a', 'us-east-1b', 'us-east-1c'],
};

export async function ec2StandIn(settings: StandInSettings = {}): Promise<Ec2StandIn> {
  const { now = Date.now, zones = defaultZones, installation = 'studio' } = settings;
  const trouble: Trouble = {};
  const machines = world({ ...settings, now });
  const subnets = (region: string) =>
    new Map((zones[region] ?? []).map((zone) => [zone, subnetOf(installation, zone)]));
  const perform = performer({
    world: machines,
    trouble,
    now,
    subnets,
    subnetTags: { [installationTag]: installation },
    images: settings.images ?? [],
    templates: settings.templates,
  });
  const calls = { ...noCalls };
  const fleets: Ec2StandIn['fleets'] = [];
  const answer = answerer({ perform, trouble, calls, fleets });
  const server = createServer((request, response) => void serve(request, response, answer));
  const port = await listening(server);
  const ticking = settings.tickMs === undefined ? undefined : setInterval(machines.tick, settings.tickMs);
  const [[region = '', [zone = ''] = []] = []] = Object.entries(zones);
  return {
    url: `http://127.0.0.1:${port}`,
    trouble,
    calls,
    fleets,
    machines: () => [...machines.machines.values()],
    plant(tags = {}, birth = {}) {
      const place = { region, zone, type: 'g4dn.xlarge', market: 'on-demand' as const, ...birth };
      const made = { subnet: subnetOf(installation, place.zone), image: undefined, template: 'none' };
      return machines.start({ ...made, ...place, resources: { instance: tags } });
    },
    end: machines.end,
    setState: machines.setState,
    subnet: (of) => subnetOf(installation, of),
    tick: machines.tick,
    answer,
    async close() {
      clearInterval(ticking);
      for (const id of machines.machines.keys()) machines.end(id);
      await closed(server);
    },
  };
}

const subnetOf = (installation: string, zone: string): string =>
  `subnet-${createHash('sha256').update(`${installation}/${zone}`).digest('hex').slice(0, 17)}`;

interface Desk extends Pick<Ec2StandIn, 'trouble' | 'calls' | 'fleets'> {
  perform: Perform;
}

/** Counts the calls, and troubles them. */
function answerer({ perform, trouble, calls, fleets }: Desk): Ec2StandIn['answer'] {
  return (region, body) => {
    const name = new URLSearchParams(body).get('Action');
    const operation = operations.find((each) => each === name);
    if (!operation)
      return refused({ code: 'InvalidAction', message: `The action ${name} is not valid here.` });
    calls[operation] += 1;
    const form = parseForm(body);
    if (operation === 'CreateFleet') fleets.push({ region, form });
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
