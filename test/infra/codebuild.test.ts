// The CodeBuild stack: one project for each pool and size, and for each a role that may write its own log.
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { buildspec } from '../../infra/aws/buildspec.ts';
import { codeBuildSizeNames } from '../../shared/policy/sizes.ts';
import { account, region } from './iam-template.ts';
import { deskConfig, filmConfig, neighboursConfig, propertiesOf, synthesize } from './stage.ts';

const { codeBuild, controlPlane } = synthesize(filmConfig());
const bare = synthesize(deskConfig());

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
        LogsConfig: {
          CloudWatchLogs: {
            Status: 'ENABLED',
            GroupName: '/callsheet/film/builds',
            StreamName: name.replace('callsheet-film-', ''),
          },
        },
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

describe('the roles of builds', () => {
  const roles = propertiesOf(codeBuild, 'AWS::IAM::Role');
  const mayFill = (streams: string) => ({
    PolicyDocument: {
      Statement: [
        {
          Sid: 'OwnLog',
          Effect: 'Allow',
          Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: arn('logs', `log-group:/callsheet/film/builds:log-stream:${streams}/*`),
        },
      ],
    },
  });

  /** Of the builds of a project. */
  const roleOf = (project = '') =>
    Object.entries(roles).find(([id]) => projects[project]?.ServiceRole === roleArn(id))?.[1];
  const roleArn = (id: string) => `arn:aws:iam::${account}:role/${id}`;

  it('are one for each project', () => {
    const taken = Object.values(projects).map(({ ServiceRole }) => ServiceRole);
    expect(taken).toEqual([...new Set(taken)]);
    expect(taken).toEqual(Object.keys(roles).map(roleArn));
  });

  it.each(Object.keys(projects))('of %s may write its own log and nothing else', (project) => {
    const stream = project.replace('callsheet-film-', '');
    const role = roleOf(project);
    expect(role).toMatchObject({ Policies: [mayFill(stream)] });
    expect(role?.Tags).toContainEqual({ Key: 'callsheet-stream', Value: stream });
    expect(Object.keys(role ?? {})).not.toContain('ManagedPolicyArns');
  });

  it.each(Object.keys(projects))('of %s is taken by builds of this project only', (project) => {
    expect(roleOf(project)).toMatchObject({
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Principal: { Service: 'codebuild.amazonaws.com' },
            Condition: {
              StringEquals: { 'aws:SourceAccount': account },
              ArnEquals: { 'aws:SourceArn': arn('codebuild', `project/${project}`) },
            },
          },
        ],
      },
    });
  });

  it('have one boundary, which allows each the streams that its tag names', () => {
    const boundaries = propertiesOf(codeBuild, 'AWS::IAM::ManagedPolicy');
    expect(Object.values(boundaries)).toMatchObject([mayFill(`\${aws:PrincipalTag/callsheet-stream}`)]);
    const [id] = Object.keys(boundaries);
    for (const role of Object.values(roles))
      expect(role.PermissionsBoundary).toBe(`arn:aws:iam::${account}:policy/${id}`);
    expect(propertiesOf(codeBuild, 'AWS::IAM::Policy')).toEqual({});
  });

  it('have streams of their own, also where names are alike', () => {
    const like = synthesize(neighboursConfig({})).codeBuild;
    const named = z.object({
      LogsConfig: z.object({ CloudWatchLogs: z.object({ StreamName: z.string() }) }),
    });
    const prefixes = Object.values(propertiesOf(like, 'AWS::CodeBuild::Project')).map(
      (project) => `${named.parse(project).LogsConfig.CloudWatchLogs.StreamName}/`,
    );
    expect(prefixes).toEqual(['a-b-small/', 'a-b-2xlarge/', 'a-b-small-small/']);
    for (const each of prefixes) expect(prefixes.filter((other) => other.startsWith(each))).toEqual([each]);
  });

  it('need no hyphen in a size: the last one of a name parts it from its pool', () => {
    expect(codeBuildSizeNames.filter((size) => size.includes('-'))).toEqual([]);
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
