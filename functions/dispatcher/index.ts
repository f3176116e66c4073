// The Lambda function that answers the rings of the FIFO queue.
import { dispatcherEnvironment, parseEnvironment } from '../../shared/contract/environment.ts';
import { dispatcherPorts } from '../../shared/runtime/aws/ports.ts';
import { config } from '../../shared/runtime/config.ts';
import { createDispatcher } from './dispatcher.ts';

const environment = parseEnvironment(dispatcherEnvironment, process.env);

export const handler = createDispatcher(dispatcherPorts(environment, config));
