// The stacks together: AWS's rules, names, tags, advice, the templates word for word, and the command.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { App, Stack, Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { advice } from '../../infra/aws/advice.ts';
import { codeBuildStack } from '../../infra/aws/codebuild.ts';
import { controlPlane } from '../../infra/aws/control-plane.ts';
import { machinesOf } from '../../infra/aws/machines.ts';
import { regionStacks } from '../../infra/aws/region.ts';
import { warnings } from '../../shared/policy/schema.ts';
import { config as shipped } from '../../shared/runtime/config.ts';
import { resourcesOf, type Template } from './iam-template.ts';
import {
  appOf,
  bundles,
  context,
  filmConfig,
  machinesConfig,
  root,
  type Stacks,
  synthesize,
} from './stage.ts';

const film = synthesize(filmConfig());
const machines = synthesize(machinesConfig());
const stage = synthesize(machinesConfig({ installation: 'stage' }));
const mailing = synthesize(filmConfig({ alarmEmail: 'crew@studio.example' }));
// Throws when a rule of AwsSolutions is broken, as for the others.
const ours = synthesize(shipped);

describe('the rules of AwsSolutions', () => {
  it('are kept by the shipped configuration', () => {
    expect(Object.keys(ours.codeBuild.Resources)).not.toEqual([]);
  });

  it('stop a synth that breaks one', { timeout: 60_000 }, () => {
    const app = appOf(filmConfig());
    const controlPlane = app.node.findChild('callsheet-film');
    new Bucket(Stack.of(controlPlane), 'Open to all');
    expect(() => app.synth()).toThrow(/AwsSolutions-S10/);
  });
});

describe('what is acknowledged', () => {
  it.each([
    ['without machines', filmConfig()],
    ['with machines', machinesConfig()],
  ])('%s is what the rules find, each with its reason: none is left over', (_, config) => {
    const bare = new App({ context });
    controlPlane(bare, config, bundles);
    codeBuildStack(bare, config);
    regionStacks(bare, machinesOf(config));
    const { violations } = new AwsSolutionsChecks().validateScope(bare);
    const reasons = appOf(config)
      .node.children.flatMap(({ node }) => node.metadata)
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(Object(data)))
      .filter(([rule]) => rule.startsWith('Annotation::AwsSolutions'));
    const found = violations.map(({ ruleName }) => `Annotation::${ruleName}`);
    expect([...new Set(reasons.map(([rule]) => rule))].sort()).toEqual([...new Set(found)].sort());
    for (const [, reason] of reasons) expect(String(reason).length).toBeGreaterThan(50);
  });
});

it('the projects are deployed before the functions that ask for them', () => {
  const assembly = appOf(filmConfig()).synth();
  const [control, codeBuild] = ['callsheet-film', 'callsheet-film-codebuild'].map((name) =>
    assembly.getStackArtifact(name),
  );
  expect(control?.dependencies).toContain(codeBuild);
});

describe('what two installations in one account have', () => {
  it('has no name in common', () => {
    const names = ({ controlPlane, codeBuild, regions }: Stacks) => [
      ...physicalNames(controlPlane, codeBuild, ...Object.values(regions)),
    ];
    const other = names(stage);
    for (const each of [film, machines]) {
      expect(names(each).filter((name) => other.includes(name))).toEqual([]);
      expect(names(each).length).toBeGreaterThan(20);
    }
  });
});

/** Names that a template gives; without one AWS makes a name of its own. */
function* physicalNames(...templates: Template[]): Generator<string> {
  const keys =
    /^(Name|(Function|Table|Queue|LogGroup|Role|ManagedPolicy|Topic|InstanceProfile|LaunchTemplate)Name)$/;
  for (const { type, properties } of templates.flatMap(resourcesOf)) {
    if (type === 'AWS::Lambda::Permission' || type.startsWith('AWS::Lambda::Event')) continue;
    for (const [key, value] of Object.entries(properties))
      if (keys.test(key)) yield `${type} ${String(value)}`;
  }
}

/** CloudFormation has no tags for these. */
const untagged = [
  'AWS::SQS::QueuePolicy',
  'AWS::SNS::TopicPolicy',
  'AWS::SNS::Subscription',
  'AWS::Lambda::Permission',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::Scheduler::Schedule',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::InstanceProfile',
  'AWS::EC2::Route',
  'AWS::EC2::SubnetRouteTableAssociation',
  'AWS::EC2::VPCGatewayAttachment',
  'Custom::VpcRestrictDefaultSG',
];

/** The function that closes a security group while a network is made, and its role. */
const cdkOwn = 'CustomVpcRestrictDefaultSG';

describe('every resource', () => {
  it('is tagged with its installation, where it can be', () => {
    const all = [mailing.controlPlane, mailing.codeBuild, ...Object.values(machines.regions)];
    for (const { id, type, properties } of all.flatMap(resourcesOf)) {
      if (untagged.includes(type) || id.startsWith(cdkOwn)) continue;
      const tags = JSON.stringify(properties.Tags ?? properties.TagSpecifications ?? id);
      expect(tags).toMatch(/"Key":"callsheet:installation","Value":"film"|"callsheet:installation":"film"/);
    }
  });
});

describe('the outputs', () => {
  it('say what an admin needs next: two addresses, and the names of four secrets', () => {
    const outputs = Object.entries(film.controlPlane.Outputs ?? {});
    expect(outputs.map(([name, { Value }]) => [name, JSON.stringify(Value)])).toEqual([
      ['WebhookUrl', expect.stringContaining('/github/webhooks')],
      ['ApiUrl', expect.stringContaining('/api')],
      ['WebhookSecretsParameter', '"/callsheet/film/webhook-secrets"'],
      ['AppKeyParameter', '"/callsheet/film/app-key"'],
      ['BuilderSecretParameter', '"/callsheet/film/builder-secret"'],
      ['ApiTokenParameter', '"/callsheet/film/api-token"'],
    ]);
  });

  it('are the only place beside settings and rights that knows a secret: by its name', () => {
    expect(JSON.stringify(film)).not.toMatch(/resolve:|SecureString|SecretString|NoEcho/);
  });
});

describe('advice', () => {
  it('tells pools that the cloud cannot serve, with what to do, and what the policy warns of', () => {
    const { pools } = filmConfig();
    const mac = { os: 'macos', arch: 'arm64', containers: false } as const;
    const desk = { ...pools.desk, ...mac, aliases: ['ubuntu-latest'] };
    const config = filmConfig({ pools: { ...pools, desk } });
    expect(advice(filmConfig())).toEqual([
      'pools.desk.ladder: has no rung in the cloud, its jobs will wait: ' +
        "add a rung, such as { provider: 'codebuild', size: 'large' }",
    ]);
    expect(advice(config)).toEqual([
      ...warnings(config),
      expect.stringMatching(/^pools\.desk\.ladder: .* add a rung, as \{ provider: 'mac' \}/),
    ]);
    expect(warnings(config)).not.toEqual([]);
  });
});

describe('the templates', () => {
  it.each(['controlPlane', 'codeBuild'] as const)('%s is as it was reviewed', (name) => {
    expect(redacted(film[name])).toMatchSnapshot();
  });

  it.each(Object.entries(machines.regions))('of machines in %s are as they were reviewed', (_, template) => {
    expect(redacted(template)).toMatchSnapshot();
  });
});

/** Without what other files decide: hashes of bundles, the text of the agent, and paths of constructs. */
const redacted = (template: unknown): unknown =>
  JSON.parse(
    JSON.stringify(template, (key, value: unknown) => {
      if (key === 'S3Key') return '<hash>.zip';
      if (key === 'Metadata') return undefined;
      if (key === 'UserData') return '<user data>';
      return key === 'BuildSpec' ? '<buildspec>' : value;
    }),
  );

describe('npx cdk synth', () => {
  it('works with no account and no network', { timeout: 240_000 }, async () => {
    const out = mkdtempSync(join(tmpdir(), 'callsheet-synth-'));
    const nowhere = 'http://127.0.0.1:9';
    try {
      const { stderr } = await promisify(execFile)('npx', ['cdk', 'synth', '--quiet', '--output', out], {
        cwd: root,
        env: { PATH: process.env.PATH, HOME: out, HTTPS_PROXY: nowhere, https_proxy: nowhere },
      });
      for (const line of advice(shipped)) expect(stderr).toContain(line);
      const stack = `callsheet-${shipped.installation}`;
      const files = readdirSync(out);
      expect(files).toContain(`${stack}.template.json`);
      expect(files).toContain(`${stack}-codebuild.template.json`);
      for (const region of Object.keys(ours.regions))
        expect(files).toContain(`${stack}-ec2-${region}.template.json`);
      // What the tests here look at is what the command makes.
      const made: unknown = JSON.parse(readFileSync(join(out, `${stack}.template.json`), 'utf8'));
      expect(redacted(made)).toEqual(redacted(ours.controlPlane));
    } finally {
      rmSync(out, { recursive: true });
    }
  });
});
