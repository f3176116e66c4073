// What EC2's error codes mean, code by code, in answers of fleets and as refusals of calls.
import { describe, expect, it } from 'vitest';
import { faultOfCall, faultsOf, type Refusal, refusalOf } from '../../shared/providers/ec2/faults.ts';
import type { Asked } from '../../shared/providers/ec2/request.ts';
import type { Fault } from '../../shared/scheduler/ports.ts';
import { offerings } from './ec2-stage.ts';

const [cheap, , dear] = offerings('spot');
const one: readonly Asked[] = cheap ? [cheap] : [];
const both: readonly Asked[] = cheap && dear ? [cheap, dear] : [];
const key = 'us-east-1/spot/g4dn.xlarge/us-east-1a';
const own = `pool/gpu/${key}`;
const quota = 'us-east-1/spot/quota/g';
const market = 'us-east-1/spot';
const zone = 'us-east-1/zone/us-east-1a';

const table: [code: string, kind: Fault['kind'], shelf: string | undefined, words: string][] = [
  // All codes that Karpenter counts as unfulfillable.
  ['InsufficientInstanceCapacity', 'capacity', key, 'EC2 has no g4dn.xlarge on spot in us-east-1'],
  ['MaxSpotInstanceCountExceeded', 'quota', quota, 'quotas/L-3819A6DF?region=us-east-1'],
  ['VcpuLimitExceeded', 'quota', quota, 'new accounts have 0'],
  ['UnfulfillableCapacity', 'capacity', key, 'EC2 has no'],
  ['Unsupported', 'invalid', key, 'leave types or zones out'],
  ['InsufficientFreeAddressesInSubnet', 'capacity', zone, 'EC2 has no'],
  ['MaxFleetCountExceeded', 'quota', market, 'Service Quotas'],
  ['ReservationCapacityExceeded', 'capacity', key, 'EC2 has no'],
  ['AuthFailure.ServiceLinkedRoleCreationNotPermitted', 'quota', market, 'create-service-linked-role'],
  // Those that others repeat.
  ['InsufficientCapacityOnHost', 'capacity', key, 'EC2 has no'],
  ['InsufficientHostCapacity', 'capacity', key, 'EC2 has no'],
  ['SpotMaxPriceTooLow', 'capacity', key, 'EC2 has no'],
  ['InvalidSubnetID.NotFound', 'capacity', zone, 'EC2 has no'],
  ['TargetCapacityLimitExceededException', 'quota', market, 'Service Quotas'],
  ['ResourceLimitExceeded', 'quota', market, 'Service Quotas'],
  ['MaxSpotFleetRequestCountExceeded', 'quota', market, 'Service Quotas'],
  ['InstanceLimitExceeded', 'quota', key, 'Service Quotas'],
  ['HostLimitExceeded', 'quota', key, 'Service Quotas'],
  ['PendingVerification', 'quota', market, 'AWS Support'],
  ['RequestLimitExceeded', 'throttled', undefined, 'fewer calls'],
  ['EC2ThrottledException', 'throttled', undefined, 'fewer calls'],
  // What the configuration or the installation is to blame for.
  ['InvalidAMIID.NotFound', 'invalid', own, 'cdk deploy'],
  ['InvalidParameterValue', 'invalid', own, 'cdk deploy'],
  ['UnauthorizedOperation', 'invalid', own, 'cdk deploy'],
  ['OptInRequired', 'invalid', own, 'cdk deploy'],
  // What nobody knows counts as a lack of capacity, and says so.
  ['BrandNewError', 'capacity', own, 'unknown code BrandNewError'],
  ['InternalError', 'capacity', own, 'unknown code InternalError'],
  ['constructor', 'capacity', own, 'unknown code constructor'],
  ['IdempotentParameterMismatch', 'capacity', own, 'unknown code'],
];

describe("an error in a fleet's answer", () => {
  it.each(table)('%s is %s and empties %s', (code, kind, shelf, words) => {
    const [fault, ...more] = faultsOf([{ code, words: "AWS's own", offerings: one }], 'gpu');
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ kind, ...(shelf && { shelves: [shelf] }) });
    expect(fault?.shelves).toEqual(shelf && [shelf]);
    expect(fault?.why).toContain(words);
    expect(fault?.unknown).toBe(words.startsWith('unknown code') ? true : undefined);
    expect(fault?.why).toMatch(new RegExp(`EC2 says .*${code}: AWS's own$`));
  });

  it.each<[Asked['quota'], Asked['market'], string]>([
    ['g', 'on-demand', 'L-DB2E81BA'],
    ['g', 'spot', 'L-3819A6DF'],
    ['p', 'on-demand', 'L-417A185B'],
    ['p', 'spot', 'L-7212CCBC'],
    ['standard', 'on-demand', 'L-1216C47A'],
    ['standard', 'spot', 'L-34B43A08'],
  ])('names the quota of %s, %s: %s', (quotaClass, of, code) => {
    const asked = one.map((each) => ({ ...each, quota: quotaClass, market: of }));
    const [fault] = faultsOf([{ code: 'VcpuLimitExceeded', words: '', offerings: asked }], 'gpu');
    const link = `https://console.aws.amazon.com/servicequotas/home/services/ec2/quotas/${code}`;
    expect(fault?.why).toContain(link);
    // Texts are cut at 400 characters.
    expect((fault?.why ?? '').indexOf(link) + link.length).toBeLessThan(300);
  });

  it('is one fault for each code, with all that is empty', () => {
    const errors = both.map((each) => ({
      code: 'InsufficientInstanceCapacity',
      words: '',
      offerings: [each],
    }));
    const limit = both.map((each) => ({ code: 'VcpuLimitExceeded', words: '', offerings: [each] }));
    expect(faultsOf([...errors, ...limit, ...errors], 'gpu')).toMatchObject([
      { kind: 'capacity', shelves: [key, 'us-east-1/spot/g6.xlarge/us-east-1a'] },
      { kind: 'quota', shelves: [quota] },
    ]);
  });

  it('keeps of long words what fits a record', () => {
    const [fault] = faultsOf(
      [{ code: 'UnauthorizedOperation', words: 'x'.repeat(5000), offerings: one }],
      'gpu',
    );
    expect(fault?.why.length).toBeLessThan(400);
  });
});

const named = (name: string, message = 'words') => Object.assign(new Error(message), { name });

/** As the SDK throws an answer with this status. */
const answered = (name: string, httpStatusCode: number) =>
  Object.assign(named(name), { $metadata: { httpStatusCode } });

describe('a refusal of a call', () => {
  it.each<[string, Refusal['kind']]>([
    ['IdempotentParameterMismatch', 'already'],
    ['IdempotentInstanceTerminated', 'already'],
    ['InvalidInstanceID.NotFound', 'absent'],
    ['InvalidInstanceID.Malformed', 'absent'],
    ['InvalidLaunchTemplateName.NotFoundException', 'invalid'],
    ['UnauthorizedOperation', 'invalid'],
    ['RequestLimitExceeded', 'throttled'],
    ['VcpuLimitExceeded', 'quota'],
    ['InsufficientInstanceCapacity', 'capacity'],
    ['Unavailable', 'doubt'],
    ['InternalError', 'doubt'],
    ['TimeoutError', 'doubt'],
    ['ExpiredToken', 'doubt'],
    ['BrandNewError', 'doubt'],
  ])('%s is %s', (code, kind) => {
    expect(refusalOf(named(code))).toEqual({ kind, code, words: 'words' });
  });

  it.each<[string, number, Refusal['kind']]>([
    ['BrandNewError', 400, 'refused'],
    ['IncorrectInstanceState', 400, 'refused'],
    ['BrandNewError', 404, 'refused'],
    // It may have had its effect.
    ['BrandNewError', 500, 'doubt'],
    ['Unavailable', 503, 'doubt'],
    ['BrandNewError', 408, 'doubt'],
    ['RequestTimeout', 400, 'doubt'],
    // EC2 has not looked at what is asked.
    ['BrandNewError', 429, 'doubt'],
    ['ExpiredToken', 400, 'doubt'],
    ['RequestExpired', 400, 'doubt'],
    ['RequestInTheFuture', 400, 'doubt'],
    ['SignatureDoesNotMatch', 403, 'doubt'],
    ['InvalidSignatureException', 403, 'doubt'],
    ['InvalidClientTokenId', 403, 'doubt'],
    ['UnknownError', 403, 'doubt'],
    // What is known is known, whatever the status.
    ['RequestLimitExceeded', 400, 'throttled'],
    ['VcpuLimitExceeded', 400, 'quota'],
    ['UnauthorizedOperation', 403, 'invalid'],
    ['IdempotentParameterMismatch', 400, 'already'],
  ])('%s with status %i is %s', (code, status, kind) => {
    expect(refusalOf(answered(code, status))).toEqual({ kind, code, words: 'words' });
  });

  it('without a status is a doubt', () => {
    expect(refusalOf(Object.assign(named('BrandNewError'), { $metadata: {} })).kind).toBe('doubt');
  });

  it('that is no error is a doubt', () => {
    expect(refusalOf('boom').kind).toBe('doubt');
  });

  it('is about all that was asked for; what is invalid is so for the whole rung', () => {
    const fault = (code: string) => faultOfCall(refusalOf(named(code)), both, 'gpu');
    expect(fault('MaxFleetCountExceeded').shelves).toEqual([market]);
    expect(fault('InsufficientInstanceCapacity').shelves).toHaveLength(2);
    expect(fault('UnauthorizedOperation')).toEqual({ kind: 'invalid', why: expect.any(String) });
    expect(fault('RequestLimitExceeded').shelves).toBeUndefined();
  });

  it('by an unknown code is a fault of the whole rung, marked as unknown', () => {
    expect(faultOfCall(refusalOf(answered('BrandNewError', 400)), both, 'gpu')).toEqual({
      kind: 'capacity',
      why: expect.stringContaining('unknown code BrandNewError: words'),
      unknown: true,
    });
  });
});
