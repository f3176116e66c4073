// AWS as the admin commands need it, over real HTTP: SSM parameters, service quotas, a stack's outputs.
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod/mini';

export interface StoredParameter {
  value: string;
  type: string;
  /** Milliseconds since 1970. */
  changedAt: number;
  tags: Record<string, string>;
}

export interface AwsStandIn {
  url: string;
  parameters: Map<string, StoredParameter>;
  /** By service code: quotas, by name or by `code name`. */
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
    const action = target || (new URLSearchParams(body).get('Action') ?? '');
    calls.push(action);
    const refusal = refusals.get(action);
    if (!target) sendXml(response, refusal ?? stackXml(aws));
    else sendJson(response, refusal ?? answer(aws, action, JSON.parse(body)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.parse(z.object({ port: z.number() }), server.address());
  const aws: AwsStandIn = {
    url: `http://127.0.0.1:${port}`,
    parameters: new Map(),
    quotas: {},
    outputs: undefined,
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

function answer(aws: AwsStandIn, action: string, input: unknown): Answer {
  switch (action) {
    case 'GetParameters':
      return getParameters(aws, input);
    case 'PutParameter':
      return putParameter(aws, input);
    case 'ListServiceQuotas':
      return listQuotas(aws, input);
    default:
      return 'UnknownOperationException';
  }
}

const names = z.object({
  Names: z.array(z.string()).check(z.maxLength(10)),
  WithDecryption: z.literal(true),
});

function getParameters({ parameters }: AwsStandIn, input: unknown): Answer {
  const read = z.safeParse(names, input);
  if (!read.success) return 'ValidationException';
  const wanted = read.data.Names.map((name) => ({ name, found: parameters.get(name) }));
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

function listQuotas({ quotas }: AwsStandIn, input: unknown): Answer {
  const { ServiceCode, NextToken = '0' } = z.parse(quotaRequest, input);
  const all = Object.entries(quotas[ServiceCode] ?? {});
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

function sendXml(response: ServerResponse, content: string): void {
  const isError = !content.startsWith('<');
  response.writeHead(isError ? 400 : 200, { 'content-type': 'text/xml' });
  const error = `<ErrorResponse><Error><Type>Sender</Type><Code>${content}</Code><Message>${content}</Message>
    </Error><RequestId>1</RequestId></ErrorResponse>`;
  response.end(isError ? error : content);
}
