// What CodeBuild's refusals mean, code by code.
import { describe, expect, it } from 'vitest';
import { faultOf, type Refusal, refusalOf } from '../../shared/providers/codebuild/faults.ts';

const named = (name: string, message = 'words') => Object.assign(new Error(message), { name });

describe('a refusal of CodeBuild', () => {
  it.each<[string, string, Refusal['kind']]>([
    ['AccountLimitExceededException', 'Cannot have more than 0 builds in queue for the account', 'quota'],
    ['ResourceNotFoundException', 'Project cannot be found', 'absent'],
    ['InvalidInputException', 'Invalid environment variable', 'invalid'],
    ['InvalidInputException', 'Image and environment type mismatch', 'invalid'],
    ['InvalidInputException', 'Idempotency token was used with mismatched parameters', 'already'],
    ['IdempotentParameterMismatch', 'words', 'already'],
    ['ThrottlingException', 'Rate exceeded', 'throttled'],
    ['Throttling', 'Rate exceeded', 'throttled'],
    ['TooManyRequestsException', 'words', 'throttled'],
    ['ServiceUnavailableException', 'words', 'doubt'],
    ['InternalServerError', 'words', 'doubt'],
    ['TimeoutError', 'words', 'doubt'],
    ['AccessDeniedException', 'is not authorized to perform', 'invalid'],
    ['BrandNewException', 'words', 'doubt'],
  ])('%s (%s) is %s', (name, message, kind) => {
    expect(refusalOf(named(name, message))).toEqual({ kind, why: `${name}: ${message}` });
  });

  it('that is no error is a doubt', () => {
    expect(refusalOf('boom').kind).toBe('doubt');
  });

  it('is told short, and without what looks like a secret', () => {
    const { why } = refusalOf(named('InvalidInputException', `${'ab'.repeat(32)} ${'long '.repeat(200)}`));
    expect(why.length).toBeLessThan(350);
    expect(why).not.toContain('abab');
  });

  it.each<[Refusal['kind'], string | undefined, string]>([
    ['quota', 'quota', 'Service Quotas, CodeBuild'],
    ['throttled', 'throttled', 'fewer calls'],
    ['absent', 'invalid', 'npx cdk deploy --all'],
    ['invalid', 'invalid', 'check its rung'],
    ['already', undefined, ''],
    ['doubt', undefined, ''],
  ])('of kind %s is the fault %s and says "%s"', (kind, fault, words) => {
    const found = faultOf({ kind, why: 'Code: its words' }, 'callsheet-studio-gpu-large');
    expect(found?.kind).toBe(fault);
    expect(found?.why ?? '').toContain(words);
    if (found) expect(found.why).toMatch(/callsheet-studio-gpu-large.*Code: its words/);
  });
});
