// Images: none unless configured; what their pipelines install, try, hand out and remove.
import { execFileSync } from 'node:child_process';
import { App, Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { acknowledgeImages } from '../../infra/aws/acknowledged.ts';
import { imagesStack } from '../../infra/aws/images.ts';
import { imageParameter } from '../../shared/contract/names.ts';
import { parseConfig } from '../../shared/policy/schema.ts';
import { sampleInput } from '../policy/sample.ts';
import { componentsOf, type Template, templateOf } from './images-scripts.ts';
import { appOf, root } from './stage.ts';

/** The stack for `aws.images`, checked as the app checks it. */
function synthesize(images: object, aws: object = {}): Template {
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
  const config = parseConfig({ ...sampleInput, aws: { region: 'us-east-1', ...aws, images } });
  const stack = imagesStack(app, config);
  if (!stack) throw new Error('there is no stack of images');
  acknowledgeImages(stack);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return templateOf(app, 'callsheet-test-images');
}

/** The properties of the resources of a type of Image Builder. */
const of = (stack: Template, type: string) =>
  Object.values(stack.Resources)
    .filter((resource) => resource.Type === type || resource.Type === `AWS::ImageBuilder::${type}`)
    .map(({ Properties }) => Properties);

const rocky = synthesize({ 'rocky9-gpu': { containers: ['aswf/ci-osl:2025'], packages: ['cmake'] } });

describe('images', () => {
  it('are not built unless the configuration lists some', () => {
    const stacks = (aws: object) =>
      appOf(parseConfig({ ...sampleInput, aws })).node.children.map(({ node }) => node.id);
    const region = 'us-east-1';
    expect(stacks({ region })).not.toContain('callsheet-test-images');
    expect(stacks({ region, images: { rocky9: {} } })).toContain('callsheet-test-images');
  });

  it('have a pipeline with a schedule that tries them, and a log that ends', () => {
    expect(of(rocky, 'ImagePipeline')).toMatchObject([
      {
        Name: 'callsheet-test-image-rocky9-gpu',
        Schedule: { ScheduleExpression: 'cron(0 3 ? * SUN *)' },
        ImageTestsConfiguration: { ImageTestsEnabled: true },
      },
    ]);
    const [log] = of(rocky, 'AWS::Logs::LogGroup');
    expect(log).toMatchObject({
      LogGroupName: '/aws/imagebuilder/callsheet-test-image-rocky9-gpu',
      RetentionInDays: 30,
    });
    const often = synthesize({ rocky9: { schedule: 'cron(0 3 * * ? *)' } });
    expect(of(often, 'ImagePipeline')).toMatchObject([
      { Schedule: { ScheduleExpression: 'cron(0 3 * * ? *)' } },
    ]);
  });

  it('have all that is needed and listed, and are tried by the check of builders', () => {
    const [setUp, tryOut] = componentsOf(rocky);
    expect(setUp?.steps.map(({ name }) => name)).toEqual([
      'upgrade',
      'restart',
      'driver',
      'docker',
      'packages',
      'runner',
      'containers',
    ]);
    const script = (name: string) => setUp?.steps.find((step) => step.name === name)?.script;
    expect(script('driver')).toContain("DRIVER_BRANCH='580'\nDRIVER_FOLDER='x86_64'");
    expect(script('packages')).toMatch(/^PACKAGES='git .* cmake'$/m);
    expect(script('runner')).toContain("RUNNER_PLATFORM='linux-x64'\nRUNNER_FOLDER='/opt/callsheet/runners'");
    expect(script('containers')).toContain("CONTAINERS='aswf/ci-osl:2025'");
    expect(tryOut).toMatchObject({ phase: 'test', steps: [{ name: 'gpu' }] });
    expect(tryOut?.steps[0]?.script).toContain("keeps_promise '1 14000 cuda optix egl vulkan' container");
  });

  it('pull nothing where no container image is listed, and know ARM', () => {
    const arm = synthesize({ arm: { arch: 'arm64' } });
    const [setUp] = componentsOf(arm);
    expect(setUp?.steps.map(({ name }) => name)).not.toContain('containers');
    expect(JSON.stringify(setUp)).toContain("DRIVER_FOLDER='sbsa'");
    expect(JSON.stringify(setUp)).toContain("RUNNER_PLATFORM='linux-arm64'");
    expect(of(arm, 'InfrastructureConfiguration')).toMatchObject([{ InstanceTypes: ['g5g.xlarge'] }]);
    expect(of(arm, 'Custom::NewestImage')).toMatchObject([{ Architecture: 'arm64' }]);
  });

  it('are handed out by a parameter in each region where machines may start', () => {
    const regions = { 'us-east-1': {}, 'eu-west-1': {} };
    const [distribution] = of(synthesize({ rocky9: {} }, { regions }), 'DistributionConfiguration');
    const parameter = { ParameterName: imageParameter('test', 'rocky9'), DataType: 'aws:ec2:image' };
    expect(distribution).toMatchObject({
      Distributions: ['us-east-1', 'eu-west-1'].map((Region) => ({
        Region,
        SsmParameterConfigurations: [parameter],
      })),
    });
    // Nothing else may Image Builder's own role write, and pipelines have no other.
    expect(parameter.ParameterName).toMatch(/^\/imagebuilder\//);
    expect(of(rocky, 'ImagePipeline')).not.toMatchObject([{ ExecutionRole: expect.anything() }]);
  });

  it('are removed when two newer ones are there, with their snapshots', () => {
    const tags = { 'callsheet:image': 'test/rocky9-gpu' };
    expect(of(rocky, 'ImagePipeline')).toMatchObject([{ ImageTags: tags }]);
    expect(of(rocky, 'LifecyclePolicy')).toMatchObject([
      {
        ResourceType: 'AMI_IMAGE',
        ResourceSelection: { TagMap: tags },
        PolicyDetails: [
          {
            Action: { Type: 'DELETE', IncludeResources: { Amis: true, Snapshots: true } },
            Filter: { Type: 'COUNT', Value: 2 },
          },
        ],
      },
    ]);
  });
});

describe('the machines that build images', () => {
  it('have a GPU, take no metadata request without a token, and never outlive a failure', () => {
    expect(of(rocky, 'InfrastructureConfiguration')).toMatchObject([
      {
        InstanceTypes: ['g4dn.xlarge'],
        InstanceMetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
        TerminateInstanceOnFailure: true,
      },
    ]);
  });

  it('are no builders: they carry no tag of ours, and have no right beside those of Image Builder', () => {
    const [infrastructure] = of(rocky, 'InfrastructureConfiguration');
    expect(infrastructure).not.toHaveProperty('ResourceTags');
    const roles = of(rocky, 'AWS::IAM::Role').filter((role) =>
      JSON.stringify(role).includes('ec2.amazonaws'),
    );
    expect(roles).toHaveLength(1);
    expect(roles[0]).not.toHaveProperty('Policies');
    expect(of(rocky, 'AWS::IAM::Policy')).toEqual([]);
  });

  it('start in the network that the configuration names, where nobody reaches them', () => {
    const vpc = { id: 'vpc-0123456789abcdef0', subnets: { 'us-east-1a': 'subnet-0123456789abcdef0' } };
    const own = synthesize({ rocky9: {} }, { regions: { 'us-east-1': { zones: ['us-east-1a'], vpc } } });
    expect(of(own, 'InfrastructureConfiguration')).toMatchObject([{ SubnetId: 'subnet-0123456789abcdef0' }]);
    expect(of(own, 'AWS::EC2::SecurityGroup')).toMatchObject([{ VpcId: vpc.id }]);
    expect(of(own, 'AWS::EC2::SecurityGroup')[0]).not.toHaveProperty('SecurityGroupIngress');
    expect(of(rocky, 'InfrastructureConfiguration')[0]).not.toHaveProperty('SubnetId');
  });
});

describe('a recipe', () => {
  const version = (image: object) => {
    const stack = synthesize({ rocky9: image });
    return [...of(stack, 'ImageRecipe'), ...of(stack, 'Component')].map(({ Version }) => String(Version));
  };

  it('is a new version when its content is another, and the same one otherwise', () => {
    const [recipe, setUp, tryOut] = version({});
    expect(version({ schedule: 'cron(0 4 * * ? *)' })).toEqual([recipe, setUp, tryOut]);
    const [otherRecipe, otherSetUp, sameTryOut] = version({ packages: ['cmake'] });
    expect([otherRecipe === recipe, otherSetUp === setUp, sameTryOut === tryOut]).toEqual([
      false,
      false,
      true,
    ]);
    expect(version({ base: { parameter: '/my/image' } })[0]).not.toBe(recipe);
    for (const each of version({})) {
      expect(each).toMatch(/^1\.0\.\d+$/);
      expect(Number(each.slice(4))).toBeLessThan(2 ** 30);
    }
  });

  it('builds on the newest Rocky 9, on another name, or on a parameter', () => {
    const [recipe] = version({});
    const newest = { Owner: '792107900819', Architecture: 'x86_64', Version: recipe };
    const stack = synthesize({ rocky9: {} });
    expect(of(stack, 'Custom::NewestImage')).toMatchObject([
      { ...newest, Name: 'Rocky-9-EC2-Base-9.*.x86_64' },
    ]);
    const alma = { name: 'AlmaLinux OS 9*x86_64*', owner: '764336703387' };
    expect(of(synthesize({ a: { base: alma } }), 'Custom::NewestImage')).toMatchObject([
      { Name: alma.name, Owner: alma.owner },
    ]);
    const [finder] = of(stack, 'AWS::Lambda::Function');
    const { ZipFile } = z.object({ ZipFile: z.string() }).parse(finder?.Code);
    expect(ZipFile.length).toBeLessThan(4096);
    const loads = ['--input-type=commonjs', '--print', `${ZipFile};typeof module.exports.handler`];
    expect(execFileSync(process.execPath, loads, { cwd: root, encoding: 'utf8' })).toBe('function\n');
    const own = synthesize({ a: { base: { parameter: '/my/image' } } });
    expect(of(own, 'ImageRecipe')).toMatchObject([{ ParentImage: 'ssm:/my/image' }]);
    expect(of(own, 'AWS::Lambda::Function')).toEqual([]);
  });

  it('has room for what is pulled, in no more than a pool has without saying so', () => {
    const size = (containers: string[]) => {
      const [recipe] = of(synthesize({ a: { containers } }), 'ImageRecipe');
      const disks = z.array(z.object({ Ebs: z.object({ VolumeSize: z.number() }) }));
      return disks.parse(recipe?.BlockDeviceMappings)[0]?.Ebs.VolumeSize ?? 0;
    };
    expect(size([])).toBeLessThanOrEqual(30);
    expect(size(['a', 'b'])).toBeGreaterThan(size(['a']));
    expect(size(['a', 'b', 'c', 'd', 'e', 'f'])).toBeLessThanOrEqual(100);
  });
});
