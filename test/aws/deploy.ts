// `cdk deploy` as far as the stand-in needs it: files to S3, then the templates to CloudFormation.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { until } from '../local/e2e/until.ts';
import type { Asset, Stack } from './assembly.ts';
import { controlOf } from './control.ts';
import { python } from './python.ts';
import { account, credentials, region } from './stand-ins.ts';

export type Outputs = Record<string, string>;

/** What `cdk bootstrap` leaves behind, as far as templates look at it. */
export async function bootstrap(endpoint: string): Promise<void> {
  const version = { Name: '/cdk-bootstrap/hnb659fds/version', Value: '30', Type: 'String' };
  await controlOf(endpoint)('AmazonSSM.PutParameter', version);
}

/** Puts the stacks' files into the stand-in's S3, at the addresses that the templates name. */
export async function upload(endpoint: string, assets: readonly Asset[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'callsheet-assets-'));
  const bases = assets.map((asset, index) => [join(folder, String(index)), asset.folder]);
  const program =
    'import json, shutil, sys\nfor to, of in json.load(sys.stdin): shutil.make_archive(to, "zip", of)';
  execFileSync(python, ['-c', program], { input: JSON.stringify(bases) });
  for (const [index, { bucket, key }] of assets.entries()) {
    const name = bucket.replace(/\$\{AWS::AccountId\}/, account).replace(/\$\{AWS::Region\}/, region);
    await put(`${endpoint}/${name}`);
    await put(`${endpoint}/${name}/${key}`, readFileSync(join(folder, `${index}.zip`)));
  }
  rmSync(folder, { recursive: true });
}

async function put(url: string, body?: Buffer): Promise<void> {
  const answer = await fetch(url, { method: 'PUT', ...(body && { body: new Uint8Array(body) }) });
  if (!answer.ok && answer.status !== 409)
    throw new Error(`PUT ${url}: ${answer.status} ${await answer.text()}`);
}

/** Creates the stack and answers its outputs. Throws with CloudFormation's reasons when it fails. */
export async function createStack(endpoint: string, { name, template }: Stack): Promise<Outputs> {
  const client = new CloudFormationClient({ endpoint, region, credentials });
  const TemplateBody = JSON.stringify(template);
  const Capabilities = ['CAPABILITY_IAM' as const, 'CAPABILITY_NAMED_IAM' as const];
  await client.send(new CreateStackCommand({ StackName: name, TemplateBody, Capabilities }));
  const stack = await until(async () => {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }));
    const [found] = Stacks ?? [];
    return found?.StackStatus?.endsWith('IN_PROGRESS') ? undefined : found;
  }, `stack ${name} is created`);
  if (stack.StackStatus !== 'CREATE_COMPLETE') throw new Error(await reasons(client, name));
  client.destroy();
  return Object.fromEntries(
    (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  );
}

async function reasons(client: CloudFormationClient, StackName: string): Promise<string> {
  const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName }));
  const failed = StackEvents.filter(({ ResourceStatus }) => ResourceStatus?.endsWith('FAILED'));
  const lines = failed.map((event) => `${event.LogicalResourceId}: ${event.ResourceStatusReason}`);
  return [`stack ${StackName} is not created`, ...lines].join('\n');
}
