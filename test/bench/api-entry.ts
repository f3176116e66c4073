// What a cold start of functions/api loads.
import { createApi } from '../../functions/api/api.ts';
import { config } from '../../shared/runtime/config.ts';
import { clock, tables } from './entry-ports.ts';

export const handler = createApi({
  installation: config.installation,
  pools: Object.keys(config.pools),
  ...tables(),
  clock,
});
