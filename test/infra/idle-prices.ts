// What AWS charges in us-east-1 without the free tier: each price with where it is said, and how sure it is.

export const gatheredOn = '2026-11-21';

export interface Price {
  usd: number;
  /** Of what. */
  per: string;
  /** Where AWS says it. */
  page: string;
  /** Read in somebody else's words about that page, or written from memory. None was read on the page. */
  sure: 'second-hand' | 'from memory';
}

const million = 1_000_000;

export const prices = {
  lambdaRun: {
    usd: 0.2 / million,
    per: 'run',
    page: 'https://aws.amazon.com/lambda/pricing/',
    sure: 'second-hand',
  },
  lambdaGiBSecond: {
    usd: 0.000_013_333_4,
    per: 'GiB-second on arm64',
    page: 'https://aws.amazon.com/lambda/pricing/',
    sure: 'second-hand',
  },
  httpRequest: {
    usd: 1 / million,
    per: '512 KB of a request to an HTTP API',
    page: 'https://aws.amazon.com/api-gateway/pricing/',
    sure: 'from memory',
  },
  fifoRequest: {
    usd: 0.5 / million,
    per: 'request to a FIFO queue',
    page: 'https://aws.amazon.com/sqs/pricing/',
    sure: 'from memory',
  },
  tableRead: {
    usd: 0.125 / million,
    per: 'consistent read of up to 4 KB',
    page: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
    sure: 'second-hand',
  },
  tableWrite: {
    usd: 0.625 / million,
    per: 'write of up to 1 KB',
    page: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
    sure: 'second-hand',
  },
  tableGBMonth: {
    usd: 0.25,
    per: 'GB stored for a month',
    page: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
    sure: 'from memory',
  },
  tableBackupGBMonth: {
    usd: 0.2,
    per: 'GB that can be restored to a point in time, for a month',
    page: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
    sure: 'from memory',
  },
  scheduledRun: {
    usd: 1 / million,
    per: 'invocation by a schedule',
    page: 'https://aws.amazon.com/eventbridge/pricing/',
    sure: 'from memory',
  },
  alarmMetricMonth: {
    usd: 0.1,
    per: 'metric of an alarm, for a month, at a resolution of a minute or more',
    page: 'https://aws.amazon.com/cloudwatch/pricing/',
    sure: 'from memory',
  },
  logGB: {
    usd: 0.5,
    per: 'GB of log lines taken in',
    page: 'https://aws.amazon.com/cloudwatch/pricing/',
    sure: 'from memory',
  },
  logGBMonth: {
    usd: 0.03,
    per: 'GB of log lines kept for a month',
    page: 'https://aws.amazon.com/cloudwatch/pricing/',
    sure: 'from memory',
  },
  trafficGB: {
    usd: 0.09,
    per: 'GB sent to the internet',
    page: 'https://aws.amazon.com/ec2/pricing/on-demand/',
    sure: 'second-hand',
  },
} as const satisfies Record<string, Price>;

/** What `amount` units cost, in USD. */
export const cost = (price: keyof typeof prices, amount: number): number => prices[price].usd * amount;
