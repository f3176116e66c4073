// The four secrets of an installation: where they are, what form they have, and how they stand.
import { randomBytes } from 'node:crypto';
import { secretNames } from '../../../shared/contract/names.ts';
import type { Parameter, Parameters } from './parameters.ts';
import { keyFault } from './private-key.ts';

export const secretKinds = ['webhook', 'app-key', 'builders', 'token'] as const;
export type SecretKind = (typeof secretKinds)[number];

export interface SecretState {
  kind: SecretKind;
  /** Name of the SSM parameter. */
  parameter: string;
  /** Absent: there is none. */
  stored?: Parameter;
  /** Absent: all is well. */
  fault?: Fault;
}

/** What is wrong with a secret, as the end of a sentence, and what to do. */
export interface Fault {
  what: string;
  remedy: string;
}

/** The name of a secret's SSM parameter. */
export function parameterOf(installation: string, kind: SecretKind): string {
  const names = secretNames(installation);
  switch (kind) {
    case 'webhook':
      return names.webhookSecrets;
    case 'app-key':
      return names.appKey;
    case 'builders':
      return names.builderSecret;
    case 'token':
      return names.apiToken;
  }
}

/** How all secrets stand. Throws what `parameters` throws. */
export async function readSecrets(parameters: Parameters, installation: string): Promise<SecretState[]> {
  const found = await parameters.read(secretKinds.map((kind) => parameterOf(installation, kind)));
  return secretKinds.map((kind) => stateOf(kind, parameterOf(installation, kind), found));
}

/** How one secret stands. Throws what `parameters` throws. */
export async function readSecret(
  parameters: Parameters,
  installation: string,
  kind: SecretKind,
): Promise<SecretState> {
  const name = parameterOf(installation, kind);
  return stateOf(kind, name, await parameters.read([name]));
}

function stateOf(kind: SecretKind, parameter: string, found: Map<string, Parameter>): SecretState {
  const stored = found.get(parameter);
  const fault = stored ? storedFault(kind, stored) : { what: 'is missing', remedy: remedyOf(kind) };
  return { kind, parameter, ...(stored && { stored }), ...(fault && { fault }) };
}

/** The fault in one line. */
export const faultLine = ({ parameter, fault }: SecretState): string =>
  fault ? `${parameter} ${fault.what}: ${fault.remedy}` : `${parameter} is good`;

function storedFault(kind: SecretKind, { value, encrypted }: Parameter): Fault | undefined {
  const what = encrypted ? valueFault(kind, value) : 'is not encrypted';
  if (!what) return undefined;
  const isReplaced = kind === 'app-key' && encrypted;
  return { what, remedy: isReplaced ? remedyOf(kind) : `delete it, then ${remedyOf(kind)}` };
}

function valueFault(kind: SecretKind, value: string): string | undefined {
  switch (kind) {
    case 'app-key': {
      const fault = keyFault(value);
      return fault && `cannot be the App's key: ${fault}`;
    }
    case 'webhook': {
      const lines = webhookSecretsOf(value);
      const isGood = (lines.length === 1 || lines.length === 2) && lines.every(isStrong);
      return isGood ? undefined : `must be one secret, or two on a line each, of ${strength}`;
    }
    case 'builders':
    case 'token':
      return isStrong(value) ? undefined : `must have ${strength}`;
  }
}

const remedyOf = (kind: SecretKind): string =>
  kind === 'app-key' ? 'npm run secrets -- --app-key <file>' : 'npm run secrets -- --create';

const strength = 'at least 32 characters without spaces';
const isStrong = (secret: string): boolean => /^\S{32,}$/.test(secret);

/** 256 random bits, in hex. */
export const newSecret = (): string => randomBytes(32).toString('hex');

/** The secrets of the webhook, the newest first; two while they are rotated. */
export const webhookSecretsOf = (value: string): string[] =>
  value
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
