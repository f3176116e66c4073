// One installation with a pool of builders, of CodeBuild or of EC2, and its secrets.
import { generateKeyPairSync } from 'node:crypto';
import { secretNames } from '../../../shared/contract/names.ts';
import { type ConfigInput, parseConfig } from '../../../shared/policy/schema.ts';

const region = 'eu-west-1';

/** Where machines of EC2 start. */
export const zones = { [region]: [`${region}a`, `${region}b`] };

const configOf = (ladder: ConfigInput['pools'][string]['ladder'], more: Partial<ConfigInput> = {}) =>
  parseConfig({
    installation: 'test',
    github: { appId: '1', installations: { film: '11' } },
    pools: { gpu: { labels: ['gpu'], os: 'linux', arch: 'x64', ladder, maximum: 1000 } },
    projects: {
      color: { repositories: ['film/color'], pools: ['gpu'], concurrency: 1000, maxUsdPerDay: 10_000 },
    },
    maxUsdPerDay: 10_000,
    ...more,
  });

export const config = configOf([{ provider: 'codebuild', size: 'small' }]);

const types = ['g4dn.xlarge', 'g5.xlarge', 'g6.xlarge'];

/** The same with machines of EC2. */
export const ec2Config = configOf(
  [
    { provider: 'ec2', market: 'spot', types },
    { provider: 'ec2', types },
  ],
  { aws: { region, regions: { [region]: { zones: zones[region] } } } },
);

/** The same with Macs, in the same pool. */
export const macConfig = configOf([], {
  aws: { region, regions: { [region]: { zones: zones[region] } } },
  pools: {
    gpu: {
      labels: ['gpu'],
      os: 'macos',
      arch: 'arm64',
      trustedOnly: true,
      ladder: [{ provider: 'mac', families: ['mac2'] }],
      maximum: 1000,
    },
  },
});

export const project = 'callsheet-test-gpu-small';

const random = (digit: string): string => digit.repeat(64);

export const webhookSecret = random('1');
export const builderSecret = random('2');
export const apiToken = random('3');
export const jitConfig = random('4');
export const publicUrl = 'https://callsheet.example.com';

const names = secretNames(config.installation);

/** The SSM parameters. */
export const parametersOf = (): Map<string, string> => {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return new Map([
    [names.webhookSecrets, webhookSecret],
    [names.appKey, privateKey],
    [names.builderSecret, builderSecret],
    [names.apiToken, apiToken],
  ]);
};

/** The environment of all functions, with AWS and GitHub at this address. */
export const environmentOf = (url: string) => ({
  AWS_REGION: region,
  AWS_ENDPOINT_URL: url,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  GITHUB_API_URL: `${url}/github`,
  OPEN_TABLE: 'open',
  HISTORY_TABLE: 'history',
  QUEUE_URL: `${url}/rings.fifo`,
  PUBLIC_URL: publicUrl,
  WEBHOOK_SECRETS_PARAMETER: names.webhookSecrets,
  APP_KEY_PARAMETER: names.appKey,
  BUILDER_SECRET_PARAMETER: names.builderSecret,
  API_TOKEN_PARAMETER: names.apiToken,
  ACCOUNT_ID: '111122223333',
});
