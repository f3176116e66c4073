// One installation with a pool of CodeBuild builders, and its secrets.
import { generateKeyPairSync } from 'node:crypto';
import { secretNames } from '../../../shared/contract/names.ts';
import { parseConfig } from '../../../shared/policy/schema.ts';

export const config = parseConfig({
  installation: 'test',
  github: { appId: '1', installations: { film: '11' } },
  pools: {
    gpu: {
      labels: ['gpu'],
      os: 'linux',
      arch: 'x64',
      ladder: [{ provider: 'codebuild', size: 'small' }],
      maximum: 1000,
    },
  },
  projects: { color: { repositories: ['film/color'], pools: ['gpu'], concurrency: 1000 } },
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
  AWS_REGION: 'eu-west-1',
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
