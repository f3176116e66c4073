// What an image is built on: a parameter that AWS or you keep, or the newest image of a name.
import { fileURLToPath } from 'node:url';
import { BaseImage } from '@aws-cdk/aws-imagebuilder-alpha';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CustomResource, Duration, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { buildSync } from 'esbuild';
import { resourceName } from '../../../shared/contract/names.ts';
import type { ImageConfig } from '../../../shared/policy/config.ts';
import { declareLog, mayWrite } from '../log.ts';
import type { Wanted } from './newest.ts';

export interface Recipe {
  installation: string;
  image: ImageConfig;
  /** With each new version the newest image is looked for anew, and at no other time. */
  version: string;
}

export function baseOf(scope: Construct, { installation, image, version }: Recipe): BaseImage {
  const { base, arch } = image;
  if ('parameter' in base) return BaseImage.fromSsmParameterName(base.parameter);
  const wanted: Wanted = {
    Name: base.name,
    Owner: base.owner,
    Architecture: arch === 'x64' ? 'x86_64' : 'arm64',
  };
  const found = new CustomResource(scope, 'Base', {
    resourceType: 'Custom::NewestImage',
    serviceToken: finderOf(scope, installation).functionArn,
    properties: { ...wanted, Version: version },
  });
  return BaseImage.fromAmiId(found.getAttString('ImageId'));
}

/** One for all images of the stack. */
function finderOf(scope: Construct, installation: string): LambdaFunction {
  const stack = Stack.of(scope);
  const found = stack.node.tryFindChild('Finder');
  return found instanceof LambdaFunction ? found : declareFinder(stack, installation);
}

/** Images cannot be limited by IAM: it may read the names of all, as everybody may. */
function declareFinder(scope: Construct, installation: string): LambdaFunction {
  const log = declareLog(scope, 'FinderLog', {
    installation,
    what: 'images',
    retention: RetentionDays.ONE_MONTH,
  });
  const find = new PolicyStatement({ sid: 'Find', actions: ['ec2:DescribeImages'], resources: ['*'] });
  return new LambdaFunction(scope, 'Finder', {
    functionName: resourceName(installation, 'newest-image'),
    description: 'Finds what images are built on',
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    code: Code.fromInline(finderCode()),
    handler: 'index.handler',
    memorySize: 256,
    timeout: Duration.seconds(30),
    role: new Role(scope, 'FinderRole', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { own: new PolicyDocument({ statements: [mayWrite(log), find] }) },
    }),
    logGroup: log,
  });
}

/** `newest.ts` without its types. The SDK is part of Lambda's runtime. */
function finderCode(): string {
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL('./newest.ts', import.meta.url))],
    bundle: true,
    external: ['@aws-sdk/*'],
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    minifyWhitespace: true,
    write: false,
  });
  return outputFiles.map(({ text }) => text).join('');
}
