// What conditions of policies ask about a request, for the rows of machines and hosts: whose tags, and where.
import { account, installation, region } from './iam-template.ts';

/** By key; several values of a key are a list. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

/** Tags of what is there, and of what is made. */
export const ours = { 'aws:ResourceTag/callsheet:installation': installation } satisfies Context;
export const theirs = { 'aws:ResourceTag/callsheet:installation': 'theirs' } satisfies Context;
export const tagged = { 'aws:RequestTag/callsheet:installation': installation } satisfies Context;
export const taggedTheirs = { 'aws:RequestTag/callsheet:installation': 'theirs' } satisfies Context;

/** The request makes a machine of this type, as our launch template has it. */
export const machineOf = (type: string): Context => ({
  ...tagged,
  'ec2:MetadataHttpTokens': 'required',
  'ec2:InstanceType': type,
});

export const ec2Arn = (path: string, place = region, owner = account): string =>
  `arn:aws:ec2:${place}:${owner}:${path}`;

/** The regions of the configuration. */
export const places = [region, 'eu-central-1', 'us-west-2'];
