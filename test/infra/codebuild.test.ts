// The CodeBuild stack: one project for each pool and size, and a role of builds that may write a log.
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { buildspec } from '../../infra/aws/buildspec.ts';
import { account, region } from './iam-template.ts';
import { filmConfig, propertiesOf, synthesize } from './stage.ts';

const { codeBuild, controlPlane } = synthesize(filmConfig());

const desk = { labels: ['desk'], os: 'linux', arch: 'x64', ladder: [{ provider: 'local' }], maximum: 1 };
const bare = synthesize(
  filmConfig({
    pools: { desk },
    projects: { lights: { repositories: ['studio/lights'], pools: ['desk'] } },
  }),
);

const projects = propertiesOf(codeBuild, 'AWS::CodeBuild::Project');
const arn = (service: string, path: string) => `arn:aws:${service}:${region}:${account}:${path}`;

const variables = z.object({
  Environment: z.object({
    EnvironmentVariables: z.array(z.object({ Name: z.string(), Value: z.string(), Type: z.string() })),
  }),
});

/** Plaintext variables, as `name=value`. */
const variablesOf = (name: string): string[] =>
  variables.parse(projects[name]).Environment.EnvironmentVariables.map((each) => {
    expect(each.Type).toBe('PLAINTEXT');
    return `${each.Name}=${each.Value}`;
  });

describe('the projects', () => {
  it('are one for each pool and size of the cloud, whatever hyphens their names have', () => {
    expect(Object.keys(projects)).toEqual([
      'callsheet-film-docker-large',
      'callsheet-film-arm-small',
      'callsheet-film-gpu-small',
      'callsheet-film-a-b-small',
      'callsheet-film-a-b-2xlarge',
      'callsheet-film-ab-small',
    ]);
  });

  it('run what the rung names, with Docker where the pool has containers', () => {
    expect(projects['callsheet-film-docker-large']).toMatchObject({
      Environment: {
        Type: 'LINUX_CONTAINER',
        ComputeType: 'BUILD_GENERAL1_LARGE',
        Image: 'aws/codebuild/standard:7.0',
        ImagePullCredentialsType: 'CODEBUILD',
        PrivilegedMode: true,
      },
    });
    expect(variablesOf('callsheet-film-docker-large')).toEqual(['CALLSHEET_PLATFORM=codebuild']);
    expect(projects['callsheet-film-a-b-2xlarge']).toMatchObject({
      Environment: { ComputeType: 'BUILD_GENERAL1_2XLARGE' },
    });
    expect(projects['callsheet-film-arm-small']).toMatchObject({
      Environment: { Type: 'ARM_CONTAINER', Image: 'aws/codebuild/amazonlinux-aarch64-standard:3.0' },
    });
  });

  it('run GPU jobs inside their own image, as its user, without privileges', () => {
    expect(projects['callsheet-film-gpu-small']).toMatchObject({
      Environment: {
        Type: 'LINUX_GPU_CONTAINER',
        ComputeType: 'BUILD_GENERAL1_SMALL',
        Image: 'aswf/ci-ocio:2025',
        ImagePullCredentialsType: 'SERVICE_ROLE',
        PrivilegedMode: false,
      },
    });
    expect(variablesOf('callsheet-film-gpu-small')).toEqual([
      'CALLSHEET_PLATFORM=codebuild',
      'CALLSHEET_USER=aswfuser',
    ]);
  });

  it('wait as long as the rung has patience, and last as long as the pool may take', () => {
    expect(projects['callsheet-film-arm-small']).toMatchObject({
      QueuedTimeoutInMinutes: 45,
      TimeoutInMinutes: 5 + 60 + 10,
    });
    expect(projects['callsheet-film-docker-large']).toMatchObject({
      QueuedTimeoutInMinutes: 15,
      TimeoutInMinutes: 10 + 360 + 10,
    });
  });

  it('carry the agent, take no source, keep nothing, and let CodeBuild queue', () => {
    for (const [name, project] of Object.entries(projects)) {
      const gpu = name === 'callsheet-film-gpu-small';
      expect(project).toMatchObject({
        Source: { Type: 'NO_SOURCE', BuildSpec: JSON.stringify(buildspec({ containers: !gpu, gpu })) },
        Artifacts: { Type: 'NO_ARTIFACTS' },
        BadgeEnabled: false,
        LogsConfig: { CloudWatchLogs: { Status: 'ENABLED', GroupName: '/callsheet/film/builds' } },
      });
      expect(Object.keys(project)).not.toContain('ConcurrentBuildLimit');
      expect(Object.keys(project)).not.toContain('Cache');
    }
  });

  it('log into one group that is kept for two weeks', () => {
    expect(propertiesOf(codeBuild, 'AWS::Logs::LogGroup')).toEqual({
      '/callsheet/film/builds': expect.objectContaining({ RetentionInDays: 14 }),
    });
  });
});

describe('the role of builds', () => {
  const roles = Object.values(propertiesOf(codeBuild, 'AWS::IAM::Role'));
  const writesItsLog = {
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: arn('logs', 'log-group:/callsheet/film/builds:*'),
  };

  it('is one, and may write the log of builds and nothing else, by its boundary too', () => {
    expect(roles).toHaveLength(1);
    expect(roles[0]).toMatchObject({
      Policies: [{ PolicyDocument: { Statement: [expect.objectContaining(writesItsLog)] } }],
    });
    const boundaries = Object.values(propertiesOf(codeBuild, 'AWS::IAM::ManagedPolicy'));
    expect(boundaries).toMatchObject([
      { PolicyDocument: { Statement: [expect.objectContaining(writesItsLog)] } },
    ]);
    expect(roles[0]?.PermissionsBoundary).toMatch(/:policy\/Boundary/);
    expect(Object.keys(roles[0] ?? {})).not.toContain('ManagedPolicyArns');
    expect(Object.keys(propertiesOf(codeBuild, 'AWS::IAM::Policy'))).toEqual([]);
  });

  it('is taken by builds of this installation only', () => {
    expect(roles[0]).toMatchObject({
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Principal: { Service: 'codebuild.amazonaws.com' },
            Condition: {
              StringEquals: { 'aws:SourceAccount': account },
              ArnLike: { 'aws:SourceArn': arn('codebuild', 'project/callsheet-film-*') },
            },
          },
        ],
      },
    });
  });
});

describe('the two stacks', () => {
  it('do not refer to each other: either can be deployed, changed and removed alone', () => {
    const text = JSON.stringify([codeBuild, controlPlane]);
    expect(text).not.toMatch(/Fn::ImportValue|Fn::GetStackOutput|"Export"/);
  });

  it('are deployable without any rung in the cloud', () => {
    expect(propertiesOf(bare.codeBuild, 'AWS::CodeBuild::Project')).toEqual({});
    expect(Object.keys(bare.codeBuild.Resources)).not.toEqual([]);
  });
});
