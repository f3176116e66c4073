// Events as AWS hands them to functions: requests of API Gateway, rings of SQS, words of EventBridge.
import type { APIGatewayProxyEventV2, Context, SQSEvent } from 'aws-lambda';
import type { CloudEvent } from '../../../functions/cloud-events/cloud-events.ts';

export interface Request {
  /** `POST /builders/claim`. */
  route: string;
  headers: Record<string, string>;
  body: string;
  source: string;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
export function httpEvent({ route, headers, body, source }: Request): APIGatewayProxyEventV2 {
  const [method = '', path = ''] = route.split(' ');
  return {
    version: '2.0',
    routeKey: route,
    rawPath: path,
    rawQueryString: '',
    headers,
    isBase64Encoded: false,
    body,
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      domainName: 'callsheet.example',
      domainPrefix: 'callsheet',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: source, userAgent: 'simulated' },
      requestId: 'request',
      routeKey: route,
      stage: '$default',
      time: '',
      timeEpoch: 0,
    },
  };
}

/** Without the time that is left: the middleware would set a real timer for it. */
export function contextOf(functionName: string): Context {
  const context: Context = {
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:123456789012:function:${functionName}`,
    memoryLimitInMB: '512',
    awsRequestId: 'request',
    logGroupName: functionName,
    logStreamName: functionName,
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => 0,
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
  Reflect.deleteProperty(context, 'getRemainingTimeInMillis');
  return context;
}

const ofQueue = {
  receiptHandle: 'receipt',
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:callsheet-sim-rings.fifo',
  awsRegion: 'us-east-1',
};

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
export const ringEvent = (
  messages: readonly { id: number; group: string; body: string; times: number }[],
): SQSEvent => ({
  Records: messages.map(({ id, group, body, times }) => ({
    ...ofQueue,
    messageId: String(id),
    body,
    attributes: {
      ApproximateReceiveCount: String(times),
      ApproximateFirstReceiveTimestamp: '0',
      SentTimestamp: '0',
      SenderId: 'callsheet',
      MessageGroupId: group,
    },
  })),
});

/** What a cloud says, on the account's default bus. `at`: when it happened; events have whole seconds. */
export const busEvent = (
  source: string,
  kind: string,
  at: number,
  detail: Record<string, unknown>,
  region = 'us-east-1',
): CloudEvent => ({
  version: '0',
  id: 'event',
  'detail-type': kind,
  source,
  account: '123456789012',
  time: `${new Date(at).toISOString().slice(0, 19)}Z`,
  region,
  resources: [],
  detail,
});
