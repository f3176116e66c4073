// AWS and GitHub on 127.0.0.1, with every call written down: DynamoDB, SQS, SSM, CodeBuild, EC2.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import * as z from 'zod/mini';
import { createTables } from '../../../shared/store/create.ts';
import type { BuildEvent } from '../../stand-ins/codebuild/events.ts';
import { type CodeBuildStandIn, codeBuildStandIn } from '../../stand-ins/codebuild/stand-in.ts';
import { type Ec2StandIn, ec2StandIn } from '../../stand-ins/ec2/stand-in.ts';
import { closed, listening } from '../../store/server.ts';
import { answerOfGitHub } from './github.ts';
import { environmentOf, parametersOf, project, zones } from './installation.ts';

export type LoopbackCloud = Awaited<ReturnType<typeof loopbackCloud>>;

const named = z.object({ Name: z.string() });
const message = z.object({ MessageBody: z.string() });

/** Everything that the functions call. Its builds wait in no queue unless `trouble` says so. */
export async function loopbackCloud(onCall: (operation: string) => void = () => undefined) {
  const calls: string[] = [];
  const gitHubCalls: string[] = [];
  const rings: string[] = [];
  const events: BuildEvent[] = [];
  const parameters = parametersOf();
  const codebuild = await codeBuildStandIn({
    projects: { [project]: {} },
    onEvent: (event) => void events.push(event),
  });
  const ec2 = await ec2StandIn({ installation: 'test', zones });
  const database = dynalite({ createTableMs: 0 });
  const aws = awsOf(codebuild, parameters, rings);
  const note = (call: string): void => {
    calls.push(call);
    onCall(call);
  };
  const server = createServer(async (request, response) => {
    const target = request.headers['x-amz-target'];
    const region = /\/([a-z0-9-]+)\/ec2\/aws4_request/.exec(request.headers.authorization ?? '')?.[1];
    if (region !== undefined) return answerAsEc2(ec2, region, await text(request), { note, response });
    if (typeof target !== 'string') return answerAsGitHub(request, response, gitHubCalls);
    note(target.split('.')[1] ?? '');
    if (target.startsWith('DynamoDB_')) return void database.emit('request', request, response);
    const answer = aws(target, await text(request));
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' }).end(answer.body);
  });
  const url = `http://127.0.0.1:${await listening(server)}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ endpoint: url, region: 'eu-west-1', credentials });
  await createTables(client, { open: 'open', history: 'history' });
  client.destroy();
  calls.length = 0;
  const close = async () => void (await Promise.all([closed(server), codebuild.close(), ec2.close()]));
  const heard = { calls, gitHubCalls, rings, events };
  return { environment: environmentOf(url), ...heard, parameters, codebuild, ec2, close };
}

interface Answer {
  status: number;
  body: string;
}

/** CodeBuild, SQS and SSM. */
function awsOf(
  codebuild: CodeBuildStandIn,
  parameters: ReadonlyMap<string, string>,
  rings: string[],
): (target: string, body: string) => Answer {
  return (target, body) => {
    const [service, operation] = target.split('.');
    if (service === 'CodeBuild_20161006') {
      const answer = codebuild.answer(target, body);
      return answer === 'lost' ? { status: 500, body: '' } : answer;
    }
    if (operation === 'SendMessage') rings.push(message.parse(JSON.parse(body)).MessageBody);
    if (operation !== 'GetParameter') return { status: 200, body: '{}' };
    const value = parameters.get(named.parse(JSON.parse(body)).Name);
    return value === undefined
      ? { status: 400, body: '{"__type":"ParameterNotFound"}' }
      : { status: 200, body: JSON.stringify({ Parameter: { Value: value } }) };
  };
}

/** Its calls are forms, whose signature names the region. */
function answerAsEc2(
  ec2: Ec2StandIn,
  region: string,
  form: string,
  { note, response }: { note: (call: string) => void; response: ServerResponse },
): void {
  note(new URLSearchParams(form).get('Action') ?? '');
  const answer = ec2.answer(region, form);
  if (answer === 'lost') return void response.destroy();
  response.writeHead(answer.status, { 'content-type': 'text/xml;charset=UTF-8' }).end(answer.body);
}

function answerAsGitHub(request: IncomingMessage, response: ServerResponse, calls: string[]): void {
  const path = (request.url ?? '').replace(/^\/github/, '').replace(/\?.*$/, '');
  calls.push(`${request.method} ${path}`);
  const found = answerOfGitHub(request.method ?? '', path);
  const headers = { 'content-type': 'application/json' };
  response.writeHead(found ? 200 : 404, headers).end(JSON.stringify(found ?? { message: 'Not Found' }));
}
