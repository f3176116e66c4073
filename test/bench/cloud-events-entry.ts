// What a cold start of functions/cloud-events loads.
import { createCloudEvents } from '../../functions/cloud-events/cloud-events.ts';
import { ports } from './entry-ports.ts';

export const handler = createCloudEvents(ports());
