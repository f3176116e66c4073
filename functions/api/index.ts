// The Lambda function behind `GET /api/jobs`, `/api/builders`, `/api/hosts` and `/api/receipts`.
import { apiEnvironment, parseEnvironment } from '../../shared/contract/environment.ts';
import { hostRulesOf } from '../../shared/operations/hosts-view.ts';
import { clock, tablePorts } from '../../shared/runtime/aws/records.ts';
import { apiToken, secretIn } from '../../shared/runtime/aws/secrets.ts';
import { config } from '../../shared/runtime/config.ts';
import { logLine } from '../../shared/runtime/log.ts';
import { createApi } from './api.ts';

const environment = parseEnvironment(apiEnvironment, process.env);

export const handler = createApi({
  installation: config.installation,
  pools: Object.keys(config.pools),
  hostRules: hostRulesOf(config),
  ...tablePorts(environment),
  clock,
  access: {
    token: secretIn(environment, environment.API_TOKEN_PARAMETER, apiToken),
    isPublic: config.api === 'public',
  },
  log: logLine,
});
