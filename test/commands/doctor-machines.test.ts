// `npm run doctor` on machines of EC2: what the account and its regions lack, and the remedies.
import { describe, expect, it } from 'vitest';
import { configuration } from './configuration.ts';
import { account, machines, region, said, vpc } from './machines.ts';

const checks = [
  ['quota EC2 us-east-1 spot G and VT', 'ok: 64 vCPUs, the pools want up to 16'],
  ['quota EC2 us-east-1 on-demand G and VT', 'ok: 64 vCPUs, the pools want up to 16'],
  ['quota EC2 eu-west-1 on-demand G and VT', 'ok: 64 vCPUs, the pools want up to 12'],
  ['zones us-east-1', 'ok: us-east-1a, us-east-1b'],
  ['subnets us-east-1', 'ok: one in each of 2 zones'],
  ['subnets eu-west-1', 'ok: those of vpc-00000001'],
  ['image of t4 in us-east-1', 'ok: ami-1'],
  ['image of own in eu-west-1', 'ok: ami-2'],
  ['key of disks us-east-1', 'ok: alias/aws/ebs'],
  ['key of disks eu-west-1', 'ok: alias/aws/ebs'],
  ['launch templates us-east-1', 'ok: callsheet-test-t4.spot, callsheet-test-t4.on-demand'],
  ['spot role', 'ok: AWSServiceRoleForEC2Spot'],
] as const;

describe('doctor on machines of EC2', () => {
  it('finds that all is well', async () => {
    const { run } = await account();
    const shown = await run('doctor');
    for (const [check, words] of checks) expect(said(shown, check)).toBe(words);
  });

  it('asks nothing where no pool uses EC2', async () => {
    const { run, aws } = await account({ configuration });
    const shown = await run('doctor');
    expect(said(shown, 'quotas EC2')).toBe('ok: no pool uses it');
    expect(aws.calls.filter((call) => /^Describe(?!Stacks)|^Get(Role|Ebs)/.test(call))).toEqual([]);
    expect(shown.out).not.toMatch(/zones|launch templates|key of disks|spot role/);
  });

  it('skips all of it without credentials, and what these may not ask', async () => {
    const { run } = await account({ environment: {} });
    const shown = await run('doctor');
    for (const check of [
      'quotas EC2 us-east-1',
      'zones eu-west-1',
      'image of t4 in us-east-1',
      'spot role',
    ]) {
      expect(said(shown, check)).toBe('skipped: no AWS credentials');
    }
    const other = await account();
    other.aws.refuse('DescribeImages', 'UnauthorizedOperation');
    expect(said(await other.run('doctor'), 'image of t4 in us-east-1')).toMatch(
      /^skipped: these AWS credentials may not do ec2:DescribeImages in us-east-1/,
    );
  });

  it('finds quotas that are too small, with the page where more is asked for', async () => {
    const { run, aws } = await account();
    aws.quotas['ec2 us-east-1'] = { 'L-3819A6DF Spot G': 0, 'L-DB2E81BA On-Demand G': 10 };
    aws.quotas['ec2 eu-west-1'] = { 'L-DB2E81BA On-Demand G': 3 };
    const shown = await run('doctor');
    expect(shown.code).toBe(1);
    expect(said(shown, 'quota EC2 us-east-1 spot G and VT')).toMatch(
      /^fail: 0 vCPUs, .* 16: new accounts have 0 -> ask for 16 of L-3819A6DF: https:.*L-3819A6DF/,
    );
    expect(said(shown, 'quota EC2 us-east-1 on-demand G and VT')).toMatch(/^warn: 10 vCPUs, .* room for 2 m/);
    expect(said(shown, 'quota EC2 eu-west-1 on-demand G and VT')).toMatch(/^fail: 3 vCPUs, .* machine has 4/);
  });

  it('counts the rung of a pool that wants most, since a machine is of one rung only', async () => {
    const ladder = ['g4dn.2xlarge', 'g4dn.xlarge'].map((type) => ({
      ...machines.pools.own.ladder[0],
      types: [type],
    }));
    const pools = { ...machines.pools, own: { ...machines.pools.own, ladder } };
    const { run } = await account({ configuration: { ...machines, pools } });
    expect(said(await run('doctor'), 'quota EC2 eu-west-1 on-demand G and VT')).toMatch(/want up to 24$/);
  });

  it('counts the machine that builds an image', async () => {
    const aws = { ...machines.aws, images: { rocky9: {} } };
    const { run } = await account({ configuration: { ...machines, aws } });
    expect(said(await run('doctor'), 'quota EC2 us-east-1 on-demand G and VT')).toMatch(/want up to 20$/);
  });

  it('finds zones that the account has not, and spot without its role', async () => {
    const at = await account();
    region(at, 'us-east-1').zones = ['us-east-1b', 'us-east-1c'];
    at.aws.roles = [];
    const shown = await at.run('doctor');
    const others = 'list the others in aws.regions.us-east-1.zones: us-east-1b, us-east-1c';
    expect(said(shown, 'zones us-east-1')).toBe(`fail: this account has no us-east-1a -> ${others}`);
    expect(said(shown, 'spot role')).toMatch(
      /^warn: there is no AWSServiceRoleForEC2Spot yet: .* -> aws iam create-service-linked-role --aws-serv/,
    );
  });

  it('warns of keys for disks that are not of AWS, with who must be allowed to use them', async () => {
    const at = await account();
    const key = 'arn:aws:kms:us-east-1:111122223333:key/1';
    region(at, 'us-east-1').diskKey = key;
    region(at, 'eu-west-1').diskKey = 'alias/studio/aws/ebs';
    const shown = await at.run('doctor');
    expect(said(shown, 'key of disks us-east-1')).toMatch(
      /^warn: is arn:aws:kms:.*:key\/1, .* with Client\.InternalError -> .* kms:CreateGrant, .* to the role /,
    );
    expect(said(shown, 'key of disks us-east-1')).toMatch(
      /of the function callsheet-test-dispatcher and to AWSServiceRoleForEC2Spot$/,
    );
    expect(said(shown, 'key of disks eu-west-1')).toMatch(/^warn: .* function callsheet-test-dispatcher$/);
  });

  it('finds what is not deployed, and what is deployed in part', async () => {
    const at = await account();
    region(at, 'us-east-1').templates.pop();
    region(at, 'us-east-1').subnets.pop();
    region(at, 'eu-west-1').templates = [];
    const shown = await at.run('doctor');
    expect(said(shown, 'launch templates us-east-1')).toBe(
      'fail: there is no callsheet-test-t4.on-demand -> npx cdk deploy --all',
    );
    expect(said(shown, 'subnets us-east-1')).toBe('fail: none in us-east-1b -> npx cdk deploy --all');
    expect(said(shown, 'launch templates eu-west-1')).toMatch(
      /^skipped: 'test' is not deployed in eu-west-1/,
    );
  });

  it('finds subnets that are missing, in another network, or in another zone', async () => {
    const at = await account();
    const { subnets } = region(at, 'eu-west-1');
    const [first] = subnets;
    if (!first) throw new Error('no subnet');
    const subnetsSaid = async () => said(await at.run('doctor'), 'subnets eu-west-1');
    first.vpc = 'vpc-2';
    expect(await subnetsSaid()).toMatch(/^fail: subnet-0000000a is in vpc-2, not in vpc-00000001/);
    Object.assign(first, { vpc: vpc.id, zone: 'eu-west-1c' });
    expect(await subnetsSaid()).toMatch(/^fail: subnet-0000000a is in eu-west-1c, not in eu-west-1a/);
    subnets.shift();
    expect(await subnetsSaid()).toMatch(
      /^fail: there is no subnet-0000000a -> correct aws\.regions\.eu-west-1/,
    );
  });
});
