// What CodeBuild's error codes mean to us.
import type { Fault } from '../../scheduler/ports.ts';

/**
 * `absent`: the project or build does not exist. `already`: the token was used with other parameters, so the
 * launch has arrived. `doubt`: the call may have had its effect, or its code is unknown.
 */
export interface Refusal {
  kind: 'quota' | 'throttled' | 'invalid' | 'absent' | 'already' | 'doubt';
  /** What CodeBuild said: its code, and its words. */
  why: string;
}

/** https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html#API_StartBuild_Errors */
const kinds: Record<string, Refusal['kind']> = {
  AccountLimitExceededException: 'quota',
  InvalidInputException: 'invalid',
  ResourceNotFoundException: 'absent',
  AccessDeniedException: 'invalid',
  IdempotentParameterMismatch: 'already',
  IdempotentParameterMismatchException: 'already',
};

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
const throttling = /^(Throttl|TooManyRequests|RequestLimitExceeded|RequestThrottled|SlowDown|LimitExceeded)/;

/** The reference promises "a parameter mismatch error" for a token, and does not say its code. */
const mismatch = /idempoten|parameter mismatch|mismatched parameter/i;

export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof Error)) return { kind: 'doubt', why: 'no answer' };
  const why = `${error.name}: ${hidden(error.message)}`;
  if (throttling.test(error.name)) return { kind: 'throttled', why };
  const kind = kinds[error.name] ?? 'doubt';
  return { kind: kind === 'invalid' && mismatch.test(error.message) ? 'already' : kind, why };
}

/** Tickets and tokens are 64 hexadecimal digits; a refusal may repeat what was sent. */
const hidden = (text: string): string => text.replace(/[0-9a-f]{64}/gi, '…').slice(0, 300);

/** The fault of a build that was not started, with the remedy. Undefined: none, there is only doubt. */
export function faultOf({ kind, why }: Refusal, project: string): Fault | undefined {
  switch (kind) {
    case 'quota':
      return {
        kind,
        why:
          `CodeBuild takes no more builds of ${project} (${why}): raise the quota of concurrently running ` +
          'builds for its environment and size (Service Quotas, CodeBuild; new accounts have 0 for GPUs)',
      };
    case 'throttled':
      return { kind, why: `CodeBuild takes fewer calls than it was asked for ${project} (${why})` };
    case 'absent':
      return {
        kind: 'invalid',
        why: `the CodeBuild project ${project} does not exist (${why}): deploy it with npx cdk deploy --all`,
      };
    case 'invalid':
      return {
        kind,
        why: `CodeBuild does not take what it is asked for ${project} (${why}): check its rung, deploy again`,
      };
    case 'already':
    case 'doubt':
      return undefined;
  }
}
