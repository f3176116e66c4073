// The life of one build: which phase follows, and when.
import type { Build, EndStatus, Phase, PhaseType, Time } from './builds.ts';
import type { Trouble } from './trouble.ts';

const minute = 60_000;

/** Begins a phase. Answers the one that has ended with it. */
export function enter(build: Build, type: PhaseType, now: Time): Phase | undefined {
  const ended = endPhase(build, 'SUCCEEDED', now);
  build.phases.push({ type, startedAt: now });
  return ended;
}

/** Ends the phase that the build is in. */
export function endPhase(build: Build, status: EndStatus, now: Time): Phase | undefined {
  const phase = build.phases.at(-1);
  return phase && Object.assign(phase, { endedAt: now, status });
}

/** What is due for a build that is not over: its next phase, or its end. Undefined: nothing yet. */
export function dueOf(
  build: Build,
  now: Time,
  trouble: Trouble,
  hasRoom: () => boolean,
): 'PROVISIONING' | 'BUILD' | 'TIMED_OUT' | undefined {
  const phase = build.phases.at(-1);
  const forMs = now - (phase?.startedAt ?? now);
  switch (phase?.type) {
    case 'QUEUED':
      if (forMs >= build.queuedTimeoutInMinutes * minute) return 'TIMED_OUT';
      return forMs >= (trouble.queueMs ?? 0) && hasRoom() ? 'PROVISIONING' : undefined;
    case 'PROVISIONING':
      return forMs >= (trouble.provisionMs ?? 0) ? 'BUILD' : undefined;
    default:
      return forMs >= build.timeoutInMinutes * minute ? 'TIMED_OUT' : undefined;
  }
}
