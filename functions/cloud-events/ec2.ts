// What EC2's events mean. They come for every instance of the account, and say nothing of its tags.
import * as z from 'zod/mini';
import type { Config } from '../../shared/policy/schema.ts';
import { type CloudEvent, ignored, type ReadEvent, timeOf, type Word } from './cloud-events.ts';

const id = z.string().check(z.regex(/^i-[0-9a-f]{8,17}$/));

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instance-state-changes.html */
const stateDetail = z.object({
  'instance-id': id,
  state: z.enum(['pending', 'running', 'stopping', 'stopped', 'shutting-down', 'terminated']),
});

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html */
const interruptionDetail = z.object({ 'instance-id': id });

/** Reads the events of instances, Macs too, in the regions where builders start. */
export function ec2Events({ aws, pools }: Pick<Config, 'aws' | 'pools'>): ReadEvent {
  const ours = Object.keys(pools).filter((name) =>
    pools[name]?.ladder.some(({ provider }) => provider === 'ec2' || provider === 'mac'),
  );
  return (event) => {
    if (event.source !== 'aws.ec2') return ignored('it is not of EC2');
    if (!Object.hasOwn(aws?.regions ?? {}, event.region)) return ignored('no builder starts in its region');
    switch (event['detail-type']) {
      case 'EC2 Instance State-change Notification':
        return changed(event, ours);
      case 'EC2 Spot Instance Interruption Warning':
        return interrupted(event, ours);
      default:
        return ignored('its kind is not used');
    }
  };
}

/** An instance that stops cannot work any more, though it is still there: the reaper ends it. */
function changed(event: CloudEvent, pools: string[]): Word {
  const { data } = stateDetail.safeParse(event.detail);
  if (!data) return ignored('its detail is not that of an instance');
  const { 'instance-id': instance, state } = data;
  if (state === 'pending' || state === 'running') return ignored('its instance runs');
  return { kind: 'ended', candidate: { id: instance, pools }, why: `its instance is ${state}` };
}

function interrupted(event: CloudEvent, pools: string[]): Word {
  const { data } = interruptionDetail.safeParse(event.detail);
  if (!data) return ignored('its detail is not that of an instance');
  return { kind: 'interrupted', candidate: { id: data['instance-id'], pools }, at: timeOf(event) };
}
