// What clouds say of the machines of a world, in the shapes of EventBridge.
import type { CloudEvent } from '../../../functions/cloud-events/cloud-events.ts';
import { endedEvent as endedHere } from '../../../infra/local/ended.ts';
import type { Machine } from '../cloud.ts';
import { regionOf } from '../ec2/regions.ts';
import { busEvent } from './events.ts';

/**
 * A machine has left its cloud's queue.
 * https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications-ref.html
 */
export const provisionedEvent = (machine: Machine, at: number): CloudEvent =>
  busEvent('aws.codebuild', 'CodeBuild Build Phase Change', at, {
    ...buildDetail(machine),
    'completed-phase': 'QUEUED',
    'completed-phase-status': 'SUCCEEDED',
  });

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html */
export const interruptedEvent = (machine: Machine, at: number): CloudEvent =>
  busEvent(
    'aws.ec2',
    'EC2 Spot Instance Interruption Warning',
    at,
    { 'instance-id': machine.id, 'instance-action': 'terminate' },
    regionOfMachine(machine),
  );

/** A machine has ended. */
export function endedEvent(machine: Machine, at: number): CloudEvent {
  const { provider, id, launch } = machine;
  switch (provider) {
    case 'local':
      return endedHere({ builder: id, launch, why: 'its process has ended', log: '' });
    case 'codebuild':
      return busEvent('aws.codebuild', 'CodeBuild Build State Change', at, {
        ...buildDetail(machine),
        'build-status': 'STOPPED',
      });
    case 'ec2':
      return instanceEvent(id, 'terminated', at, regionOfMachine(machine));
  }
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instance-state-changes.html */
export const instanceEvent = (id: string, state: string, at: number, region: string): CloudEvent =>
  busEvent('aws.ec2', 'EC2 Instance State-change Notification', at, { 'instance-id': id, state }, region);

const regionOfMachine = ({ slot }: Machine): string => (slot ? regionOf(slot.zone) : 'us-east-1');

/** The variables that a build was started with are in the event, as CodeBuild shows them. */
const buildDetail = ({ build }: Machine) => ({
  'build-id': build?.id,
  'project-name': build?.project,
  'additional-information': { environment: { 'environment-variables': build?.variables ?? [] } },
});
