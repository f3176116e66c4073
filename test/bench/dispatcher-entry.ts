// What a cold start of functions/dispatcher loads.
import { createDispatcher } from '../../functions/dispatcher/dispatcher.ts';
import { ports } from './entry-ports.ts';

export const handler = createDispatcher(ports());
