// How services of AWS say that they are asked too often: status, headers and body as on the wire.
import type { Call } from './proxy.ts';

interface Refusal {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

const json = (version: '1.0' | '1.1') => ({ 'content-type': `application/x-amz-json-${version}` });

const refusal = (status: number, headers: Record<string, string>, body: object): Refusal => ({
  status,
  headers,
  body: Buffer.from(JSON.stringify(body)),
});

/**
 * The answer to a call that is one too many.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
 */
export function refusalOf({ service }: Call): Refusal {
  switch (service) {
    case 'DynamoDB_20120810':
      return refusal(400, json('1.0'), {
        __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
        message: 'The level of configured provisioned throughput for the table was exceeded.',
      });
    case 'AmazonSQS':
      return refusal(
        403,
        { ...json('1.0'), 'x-amzn-query-error': 'RequestThrottled;Sender' },
        { __type: 'com.amazonaws.sqs#RequestThrottled', message: 'Request is throttled.' },
      );
    case '':
      return refusal(429, { 'content-type': 'application/json' }, { message: 'Too Many Requests' });
    default:
      return refusal(400, json('1.1'), { __type: 'ThrottlingException', message: 'Rate exceeded' });
  }
}
