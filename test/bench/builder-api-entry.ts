// What a cold start of functions/builder-api loads.
import { createBuilderApi } from '../../functions/builder-api/builder-api.ts';
import { ports } from './entry-ports.ts';

export const handler = createBuilderApi(ports());
