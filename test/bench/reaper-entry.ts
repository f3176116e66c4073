// What a cold start of functions/reaper loads.
import { createReaper } from '../../functions/reaper/reaper.ts';
import { ports } from './entry-ports.ts';

export const handler = createReaper(ports());
