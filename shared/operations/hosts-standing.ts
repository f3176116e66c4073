// How a host stands: its phase as people see it, and in words why it is still there. Pure.
import type { BuilderView, HostView } from '../contract/view.ts';
import { hostWhys, timeOf } from '../policy/host-texts.ts';
import type { Host } from '../scheduler/host-records.ts';
import { standardLimits } from '../scheduler/limits.ts';
import type { Time } from '../scheduler/records.ts';
import type { HostRules } from './view.ts';

/** A host with what is known of its use. */
export interface Seen {
  host: Host;
  now: Time;
  rules: HostRules[string] | undefined;
  /** Its pool is not in the configuration any more, or has no Macs. */
  hasLeft: boolean;
  /** The machine on it; has it asked for work yet? */
  machine: { view: BuilderView; hasAsked: boolean } | undefined;
  /** Jobs that ran on it, the present one included, and how long they have run together, in ms. */
  jobs: number;
  usedMs: number;
}

export interface Standing {
  phase: HostView['phase'];
  why: string;
}

export function standingOf(seen: Seen): Standing {
  const { host } = seen;
  switch (host.phase) {
    case 'asked':
      return { phase: 'asked', why: hostWhys.asked };
    case 'held': {
      const { phase, why } = standingNow(seen);
      return { phase, why: [why, stays(seen), host.why].filter(Boolean).join('; ') };
    }
    case 'releasing':
      return { phase: 'releasing', why: hostWhys.releasing };
    case 'gone':
      return { phase: 'released', why: host.why ?? hostWhys.released };
  }
}

/** What it does now. Without words: it stands there. */
const standingNow = ({ host, machine, now }: Seen): Standing =>
  machine ? withMachine(machine.view.phase, machine.hasAsked) : alone(host, now);

function withMachine(phase: BuilderView['phase'], hasAsked: boolean): Standing {
  switch (phase) {
    case 'booting':
      return hasAsked ? ready : { phase, why: hostWhys.booting };
    case 'claimed':
    case 'ready':
      return ready;
    case 'retiring':
      return { phase: 'idle', why: hostWhys.ending };
    case 'busy':
    case 'resetting':
      return { phase, why: hostWhys[phase] };
    case 'stopping':
    case 'gone':
      return { phase: 'cleaning', why: hostWhys.ending };
  }
}

const ready: Standing = { phase: 'idle', why: hostWhys.ready };

function alone(host: Host, now: Time): Standing {
  switch (host.state) {
    case 'available':
      return available(host, now);
    case 'pending':
      return { phase: 'cleaning', why: hostWhys.cleaning(timeOf(host.stateSince ?? now, now)) };
    case 'configuring':
      return { phase: 'unusable', why: hostWhys.configuring };
    case 'under-assessment':
      return { phase: 'unusable', why: hostWhys.assessed };
    case 'permanent-failure':
      return { phase: 'unusable', why: hostWhys.broken };
    case 'released':
    case 'released-permanent-failure':
      return { phase: 'releasing', why: hostWhys.vanishing };
    case 'unknown':
    case undefined:
      return { phase: 'unusable', why: hostWhys.unknown };
  }
}

function available({ instances = [], restsUntil = 0 }: Host, now: Time): Standing {
  if (instances.length > 0) return { phase: 'unusable', why: hostWhys.strange };
  return restsUntil > now
    ? { phase: 'unusable', why: hostWhys.resting(timeOf(restsUntil, now)) }
    : { phase: 'idle', why: '' };
}

/** How long it stays, in words. */
function stays({ host, now, rules, hasLeft, jobs }: Seen): string {
  const until = paidUntil(host);
  if (rules?.afterwards === 'keep') return hostWhys.kept;
  if (until === undefined) return '';
  if (now < until) {
    const time = timeOf(until, now);
    if (host.state === 'permanent-failure') return hostWhys.useless(time);
    if (hasLeft) return hostWhys.left(time);
    return rules?.paidDay === 'one-job' && jobs > 0 ? hostWhys.served(time) : hostWhys.paid(time);
  }
  const { notBefore = 0 } = host;
  return notBefore > now ? hostWhys.refused(timeOf(notBefore, now)) : hostWhys.overdue;
}

/** The end of what is paid for at least. Undefined while the cloud has not given it. */
export const paidUntil = ({ allocatedAt }: Host): Time | undefined =>
  allocatedAt === undefined ? undefined : allocatedAt + standardLimits.paidMs;

/**
 * When it is released if nothing changes. Undefined: never, or nobody knows, since it is past its time and
 * still in use.
 */
export function releaseAt(seen: Seen): Time | undefined {
  const { host, now, rules } = seen;
  const until = paidUntil(host);
  if (host.phase !== 'held' || until === undefined || rules?.afterwards === 'keep') return undefined;
  const due = Math.max(until + standardLimits.releaseMarginMs, host.notBefore ?? 0);
  if (due > now) return due;
  return standingOf(seen).phase === 'idle' && !seen.machine ? now : undefined;
}
