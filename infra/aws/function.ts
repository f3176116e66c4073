// Declares one Lambda function: its code, its log, and a role that may do what is listed and nothing else.
import { join } from 'node:path';
import { PolicyDocument, type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type {
  ApiEnvironment,
  BuilderApiEnvironment,
  CloudEventsEnvironment,
  DispatcherEnvironment,
  ReaperEnvironment,
  WebhookEnvironment,
} from '../../shared/contract/environment.ts';
import { resourceName } from '../../shared/contract/names.ts';
import type { FunctionName } from './bundle.ts';
import { declareLog, mayWrite } from './log.ts';

interface Environments {
  webhook: WebhookEnvironment;
  dispatcher: DispatcherEnvironment;
  'builder-api': BuilderApiEnvironment;
  'cloud-events': CloudEventsEnvironment;
  reaper: ReaperEnvironment;
  api: ApiEnvironment;
}

/** What the stack sets: all that the function needs and Lambda does not set itself. */
type Settings<E> = {
  [K in keyof E as K extends 'AWS_REGION' ? never : undefined extends E[K] ? never : K]: string;
};

export interface FunctionProps<Name extends FunctionName> {
  installation: string;
  /** The folder of the handler in `functions/`, and of its bundle. */
  name: Name;
  /** Holds the bundles, each in a folder of its function's name. */
  bundles: string;
  memoryMiB: number;
  timeoutSeconds: number;
  environment: Settings<Environments[Name]>;
  /** All that it may do, but for writing its log. */
  may: PolicyStatement[];
  /** It is woken each minute: a run that failed or came late is not made up for. */
  ticks?: boolean;
}

/** The function, its role and its log: three resources. */
export function declareFunction<Name extends FunctionName>(
  scope: Construct,
  id: string,
  props: FunctionProps<Name>,
): LambdaFunction {
  const { installation, name } = props;
  const log = declareLog(scope, `${id}Log`, { installation, what: name, retention: RetentionDays.ONE_MONTH });
  const role = new Role(scope, `${id}Role`, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: { own: new PolicyDocument({ statements: [mayWrite(log), ...props.may] }) },
  });
  return new LambdaFunction(scope, id, {
    functionName: resourceName(installation, name),
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    code: Code.fromAsset(join(props.bundles, name)),
    handler: 'index.handler',
    memorySize: props.memoryMiB,
    timeout: Duration.seconds(props.timeoutSeconds),
    environment: { ...props.environment },
    role,
    logGroup: log,
    ...(props.ticks && { retryAttempts: 0, maxEventAge: Duration.minutes(1) }),
  });
}
