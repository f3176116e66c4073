// The Lambda function that takes the events of clouds.
import { cloudEventsEnvironment, parseEnvironment } from '../../shared/contract/environment.ts';
import { recordPorts } from '../../shared/runtime/aws/records.ts';
import { config } from '../../shared/runtime/config.ts';
import { logLine } from '../../shared/runtime/log.ts';
import { createCloudEvents, readBySource } from './cloud-events.ts';
import { codeBuildEvents } from './codebuild.ts';
import { ec2Events } from './ec2.ts';

const environment = parseEnvironment(cloudEventsEnvironment, process.env);

export const handler = createCloudEvents(
  { ...recordPorts(environment), log: logLine },
  readBySource({ 'aws.codebuild': codeBuildEvents(config.installation), 'aws.ec2': ec2Events(config) }),
);
