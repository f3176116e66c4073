// AWS as the admin commands need it, over real HTTP: SSM parameters, service quotas, a stack's outputs, and
// what there is in EC2 and IAM.
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod/mini';
import { type AccountStandIn, accountXml } from './account.ts';

export interface StoredParameter {
  value: string;
  type: string;
  /** Milliseconds since 1970. */
  changedAt: number;
  tags: Record<string, string>;
}

export interface AwsStandIn extends AccountStandIn {
  url: string;
  /** By name; those of one region by `region name`. */
  parameters: Map<string, StoredParameter>;
  /** By service code, or for one region by `code region`: quotas, by name or by `code name`. */
  quotas: Record<string, Record<string, number>>;
  /** Outputs of the one stack, by key. Undefined: it is not deployed. */
  outputs: Record<string, string> | undefined;
  /** Actions in order, as `PutParameter`. */
  calls: string[];
  /** Answers an action with this error from now on. */
  refuse(action: string, error: string): void;
  close(): Promise<void>;
}

/** An answer, or the name of an error. */
type Answer = object | string;

export async function awsStandIn(): Promise<AwsStandIn> {
  const refusals = new Map<string, string>();
  const calls: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const target = String(request.headers['x-amz-target'] ?? '').replace(/^.*\./, '');
    const form = new URLSearchParams(body);
    const action = target || (form.get('Action') ?? '');
    // `Credential=<id>/<date>/<region>/<service>/aws4_request`
    const [, , region = '', service] = request.headers.authorization?.split('/') ?? [];
    calls.push(action);
    const refusal = refusals.get(action);
    if (!target) sendXml(response, refusal ?? accountXml(aws, region, form) ?? stackXml(aws), service);
    else sendJson(response, refusal ?? answer(aws, { action, region, input: JSON.parse(body) }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.parse(z.object({ port: z.number() }), server.address());
  const aws: AwsStandIn = {
    url: `http://127.0.0.1:${port}`,
    parameters: new Map(),
    quotas: {},
    outputs: undefined,
    regions: {},
    roles: [],
    calls,
    refuse: (action, error) => void refusals.set(action, error),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return aws;
}

interface Asked {
  action: string;
  region: string;
  input: unknown;
}

function answer(aws: AwsStandIn, { action, region, input }: Asked): Answer {
  switch (action) {
    case 'GetParameters':
      return getParameters(aws, region, input);
    case 'PutParameter':
      return putParameter(aws, input);
    case 'ListServiceQuotas':
      return listQuotas(aws, region, input);
    default:
      return 'UnknownOperationException';
  }
}

const names = z.object({
  Names: z.array(z.string()).check(z.maxLength(10)),
  WithDecryption: z.literal(true),
});

function getParameters({ parameters }: AwsStandIn, region: string, input: unknown): Answer {
  const read = z.safeParse(names, input);
  if (!read.success) return 'ValidationException';
  const wanted = read.data.Names.map((name) => ({
    name,
    found: parameters.get(`${region} ${name}`) ?? parameters.get(name),
  }));
  return {
    Parameters: wanted.flatMap(({ name, found }) =>
      found
        ? [{ Name: name, Value: found.value, Type: found.type, LastModifiedDate: found.changedAt / 1000 }]
        : [],
    ),
    InvalidParameters: wanted.flatMap(({ name, found }) => (found ? [] : [name])),
  };
}

const newParameter = z.object({
  Name: z.string(),
  Value: z.string().check(z.minLength(1), z.maxLength(4096)),
  Type: z.string(),
  Tier: z.literal('Standard'),
  Overwrite: z._default(z.boolean(), false),
  Tags: z.optional(z.array(z.object({ Key: z.string(), Value: z.string() }))),
});

/** Tags beside `Overwrite` are refused, as by SSM. */
function putParameter({ parameters }: AwsStandIn, input: unknown): Answer {
  const read = z.safeParse(newParameter, input);
  if (!read.success) return 'ValidationException';
  const { Name, Value, Type, Overwrite, Tags } = read.data;
  if (Overwrite && Tags) return 'ValidationException';
  const old = parameters.get(Name);
  if (old && !Overwrite) return 'ParameterAlreadyExists';
  const tags = Tags ? Object.fromEntries(Tags.map((tag) => [tag.Key, tag.Value])) : (old?.tags ?? {});
  parameters.set(Name, { value: Value, type: Type, changedAt: Date.now(), tags });
  return { Version: 1, Tier: 'Standard' };
}

const quotaRequest = z.object({ ServiceCode: z.string(), NextToken: z.optional(z.string()) });
const quotasOnPage = 2;

function listQuotas({ quotas }: AwsStandIn, region: string, input: unknown): Answer {
  const { ServiceCode, NextToken = '0' } = z.parse(quotaRequest, input);
  const all = Object.entries(quotas[`${ServiceCode} ${region}`] ?? quotas[ServiceCode] ?? {});
  const end = Number(NextToken) + quotasOnPage;
  return {
    Quotas: all.slice(Number(NextToken), end).map(([key, value]) => {
      const [, code = 'L-00000000', name = key] = /^(L-\w+) (.*)$/.exec(key) ?? [];
      return { ServiceCode, QuotaCode: code, QuotaName: name, Value: value };
    }),
    ...(end < all.length && { NextToken: String(end) }),
  };
}

function sendJson(response: ServerResponse, content: Answer): void {
  response.writeHead(typeof content === 'string' ? 400 : 200, {
    'content-type': 'application/x-amz-json-1.1',
  });
  response.end(JSON.stringify(typeof content === 'string' ? { __type: content, message: content } : content));
}

const member = (key: string, value: string): string =>
  `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`;

/** XML, or the name of an error. */
const stackXml = ({ outputs }: AwsStandIn): string =>
  outputs === undefined
    ? 'ValidationError'
    : `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>stack</StackName>
      <StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-11-21T12:00:00Z</CreationTime>
      <Outputs>${Object.entries(outputs)
        .map(([key, value]) => member(key, value))
        .join('')}</Outputs>
      </member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;

/** EC2 wraps its errors as no other service does. */
function sendXml(response: ServerResponse, content: string, service?: string): void {
  const isError = !content.startsWith('<');
  response.writeHead(isError ? 400 : 200, { 'content-type': 'text/xml' });
  const error = `<Error><Type>Sender</Type><Code>${content}</Code><Message>${content}</Message></Error>`;
  const wrapped =
    service === 'ec2'
      ? `<Response><Errors>${error}</Errors><RequestID>1</RequestID></Response>`
      : `<ErrorResponse>${error}<RequestId>1</RequestId></ErrorResponse>`;
  response.end(isError ? wrapped : content);
}
