// The Lambda function behind `POST /builders/…`.
import { builderApiEnvironment, parseEnvironment } from '../../shared/contract/environment.ts';
import { builderApiPorts } from '../../shared/runtime/aws/ports.ts';
import { config } from '../../shared/runtime/config.ts';
import { createBuilderApi } from './builder-api.ts';

const environment = parseEnvironment(builderApiEnvironment, process.env);

export const handler = createBuilderApi(builderApiPorts(environment, config));
