// An installation for the tests of the stacks: a small configuration, synthesized as `cdk synth` would do it.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib/core';
import { afterAll } from 'vitest';
import * as z from 'zod/mini';
import { functionNames } from '../../infra/aws/bundle.ts';
import { installationApp } from '../../infra/aws/installation.ts';
import { type Config, parseConfig } from '../../shared/policy/schema.ts';
import { type Resource, resourcesOf, type Template } from './iam-template.ts';

export const root = join(import.meta.dirname, '../..');

const cdkJson = z.object({ context: z.record(z.string(), z.unknown()) });

/** The feature flags of `cdk.json`, which the command line hands to the app. */
export const { context } = cdkJson.parse(JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')));

const pool = { os: 'linux', arch: 'x64', maximum: 5 } as const;

/** For a day of the dearest builder. */
const enough = { maxUsdPerDay: 100 };

/** A pool of each kind: with Docker, ARM, GPU, two sizes, and one that the cloud cannot serve. */
const film = {
  installation: 'film',
  github: { appId: '7', installations: { studio: '71' } },
  pools: {
    docker: { ...pool, labels: ['docker'], ladder: [{ provider: 'codebuild', size: 'large' }] },
    arm: {
      ...pool,
      labels: ['arm'],
      arch: 'arm64',
      ladder: [{ provider: 'codebuild', size: 'small', patienceMinutes: 45 }],
      bootLimitMinutes: 5,
      jobLimitMinutes: 60,
    },
    gpu: {
      ...pool,
      labels: ['gpu'],
      containers: false,
      ladder: [
        { provider: 'local' },
        {
          provider: 'codebuild',
          size: 'small',
          gpu: true,
          image: 'aswf/ci-ocio:2025',
          user: 'aswfuser',
          usdPerMinute: 0.1,
        },
      ],
    },
    'a-b': {
      ...pool,
      labels: ['a-b'],
      ladder: [
        { provider: 'codebuild', size: 'small' },
        { provider: 'codebuild', size: '2xlarge' },
      ],
    },
    ab: { ...pool, labels: ['ab'], ladder: [{ provider: 'codebuild', size: 'small' }] },
    desk: { ...pool, labels: ['desk'], ladder: [{ provider: 'local' }] },
  },
  projects: {
    lights: {
      repositories: ['studio/lights'],
      pools: ['docker', 'arm', 'gpu', 'a-b', 'ab', 'desk'],
      ...enough,
    },
  },
};

/** The configuration of the film, with some fields changed. */
export const filmConfig = (fields: Record<string, unknown> = {}): Config =>
  parseConfig({ ...film, ...fields });

/** The film with other pools. */
const filmWith = (pools: Record<string, unknown>, fields: Record<string, unknown> = {}): Config =>
  filmConfig({
    ...fields,
    pools,
    projects: { lights: { repositories: ['studio/lights'], pools: Object.keys(pools), ...enough } },
  });

/** A film without any rung in the cloud. */
export const deskConfig = (): Config => filmWith({ desk: film.pools.desk });

/** Three regions: two with networks of their own, and one with a network that was there before. */
const aws = {
  region: 'us-east-1',
  regions: {
    'us-east-1': { zones: ['us-east-1a', 'us-east-1c', 'us-east-1f'] },
    'eu-central-1': { zones: ['eu-central-1b'] },
    'us-west-2': {
      zones: ['us-west-2a', 'us-west-2b'],
      vpc: {
        id: 'vpc-0aaaaaaaaaaaaaaaa',
        subnets: { 'us-west-2a': 'subnet-0aaaaaaaaaaaaaaaa', 'us-west-2b': 'subnet-0bbbbbbbbbbbbbbbb' },
        nat: true,
      },
    },
  },
};

const machine = { provider: 'ec2', types: ['g4dn.xlarge'] };

const macPools = {
  mac: {
    ...pool,
    os: 'macos',
    arch: 'arm64',
    labels: ['mac'],
    trustedOnly: true,
    ladder: [
      { provider: 'local' },
      { provider: 'mac', families: ['mac2', 'mac-m4'], zones: ['us-east-1a', 'us-east-1c'] },
    ],
  },
};

/** Machines of all kinds: in both markets, of each way to name an image, with and without a profile; Macs. */
const machinePools = {
  optix: {
    ...pool,
    labels: ['optix'],
    jobLimitMinutes: 60,
    ladder: [{ ...machine, market: 'spot' }, machine, { ...machine, region: 'eu-central-1' }],
  },
  vault: {
    ...pool,
    labels: ['vault'],
    trustedOnly: true,
    machine: { image: { name: 'film-*', owner: '444455556666' }, sessionManager: true },
    ladder: [{ ...machine, region: 'us-west-2' }],
  },
  lab: {
    ...pool,
    labels: ['lab'],
    trustedOnly: true,
    containers: false,
    machine: {
      image: { ids: { 'us-east-1': 'ami-0aaaaaaaaaaaaaaaa' }, rootDevice: '/dev/xvda', user: 'lab' },
      diskGiB: 250,
      instanceProfile: 'lab-machines',
    },
    ladder: [machine],
  },
  own: {
    ...pool,
    labels: ['own'],
    machine: { image: { parameter: '/film/images/own' } },
    ladder: [{ ...machine, region: 'eu-central-1', market: 'spot' }],
  },
  ...macPools,
};

/** A film with machines of EC2, and builds. */
export const machinesConfig = (fields: Record<string, unknown> = {}): Config =>
  filmWith({ gpu: film.pools.gpu, ...machinePools }, { aws, ...fields });

/** A film with Macs, and no other machines of EC2. `fields`: of their pool. */
export const macsConfig = (fields: Record<string, unknown> = {}): Config =>
  filmWith({ docker: film.pools.docker, mac: { ...macPools.mac, ...fields } }, { aws });

/** A film that has builds only, and may have had machines in its regions. */
export const lateConfig = (): Config => filmWith({ docker: film.pools.docker }, { aws });

/** A film whose machines may start in many regions. */
export const travellingConfig = (regions: readonly string[]): Config => {
  const travellingMac = { ...macPools.mac, ladder: [{ provider: 'mac' }] };
  const ladder = [{ ...machine, market: 'spot' }, machine];
  return filmWith(
    { ...film.pools, optix: { ...machinePools.optix, ladder }, mac: travellingMac },
    { aws: { region: 'us-east-1', regions: Object.fromEntries(regions.map((name) => [name, {}])) } },
  );
};

/**
 * Three CodeBuild projects whose names are as much alike as they can be, two sizes, and one in another's; and
 * machines.
 */
export const neighboursConfig = (fields: Record<string, unknown>): Config =>
  filmWith(
    { 'a-b': film.pools['a-b'], 'a-b-small': { ...film.pools.ab, labels: ['a-b-small'] }, ...machinePools },
    { aws, ...fields },
  );

/** Empty functions. */
export const bundles = mkdtempSync(join(tmpdir(), 'callsheet-infra-'));
for (const name of functionNames) {
  mkdirSync(join(bundles, name));
  writeFileSync(join(bundles, name, 'index.mjs'), `export const handler = '${name}';`);
}
afterAll(() => rmSync(bundles, { recursive: true }));

/** The app as `cdk synth` makes it, with empty functions, and without CDK's slow look at the templates. */
export const appOf = (config: Config): App =>
  installationApp(config, bundles, {
    context,
    outdir: mkdtempSync(join(bundles, 'cdk.out-')),
    builtinCloudFormationValidation: false,
  });

/** Unlike `parseTemplate` it keeps what the template says beside the properties. */
const whole = z.looseObject({
  Resources: z.record(
    z.string(),
    z.looseObject({
      Type: z.string(),
      Properties: z._default(z.record(z.string(), z.unknown()), {}),
      DependsOn: z.optional(z.array(z.string())),
      DeletionPolicy: z.optional(z.string()),
    }),
  ),
  Outputs: z.optional(z.record(z.string(), z.looseObject({ Value: z.unknown() }))),
});

type Whole = z.infer<typeof whole>;

export interface Stacks {
  controlPlane: Whole;
  codeBuild: Whole;
  /** Of EC2, by region. */
  regions: Record<string, Whole>;
}

/** Throws when a check of the app fails. */
export function synthesize(config: Config): Stacks {
  const assembly = appOf(config).synth();
  const template = (name: string) => whole.parse(assembly.getStackByName(name).template);
  const name = `callsheet-${config.installation}`;
  const regions = assembly.stacks.flatMap(({ stackName }): [string, Whole][] =>
    stackName.startsWith(`${name}-ec2-`)
      ? [[stackName.replace(`${name}-ec2-`, ''), template(stackName)]]
      : [],
  );
  return {
    controlPlane: template(name),
    codeBuild: template(`${name}-codebuild`),
    regions: Object.fromEntries(regions),
  };
}

/** The properties of all resources of a type, resolved, by their names. */
export const propertiesOf = (template: Template, type: string): Record<string, Resource['properties']> =>
  Object.fromEntries(
    resourcesOf(template)
      .filter((resource) => resource.type === type)
      .map(({ name, properties }) => [name, properties]),
  );
