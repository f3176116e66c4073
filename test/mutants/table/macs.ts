// Mutants of what keeps Macs: epochs, resets, limits of work, releases.
import type { Mutant } from '../mutant.ts';
import { macs } from '../worlds.ts';

const hostile = macs('hostile jobs', { hostile: 0.6, cancelled: 0.1, maximum: 2, skips: true }, { from: 10 });

export const ofMacs: readonly Mutant[] = [
  {
    name: 'granted-after-the-start',
    breaks: 'invariant 6',
    file: 'shared/operations/claim.ts',
    from: 'return builder.startedAt === undefined ? says(await handOver(ports, builder)) : conflict;',
    to: 'return says(await handOver(ports, builder));',
    catcher: { tests: 'test/functions/builder-api-ec2.test.ts' },
  },
  {
    name: 'epoch-not-checked',
    breaks: 'section 5',
    file: 'shared/operations/claim.ts',
    from: "const shown = epoch === undefined ? 'before' : await turnOf(ports, builder, epoch);",
    to: "const shown = (epoch && (await turnOf(ports, builder, epoch))) || 'present';",
    catcher: { worlds: hostile },
  },
  {
    name: 'reset-after-anybody',
    breaks: 'section 5',
    file: 'shared/scheduler/hosts/resets.ts',
    from: 'job.repository === repository && facts.isTrusted(job) === true);',
    to: 'job.repository === repository && facts.isTrusted(job) !== undefined);',
    catcher: { tests: 'test/scheduler/hosts/machines.test.ts' },
  },
  {
    name: 'works-for-ever',
    breaks: 'rule 21',
    file: 'shared/scheduler/supply.ts',
    from: 'now - builder.claimedAt > workLimit(limits)',
    to: 'now - builder.claimedAt > 20 * workLimit(limits)',
    catcher: { tests: 'test/scheduler/hosts/machines.test.ts' },
  },
  {
    name: 'released-before-its-day-is-over',
    breaks: 'section 5',
    file: 'shared/scheduler/hosts/release.ts',
    from: 'allocatedAt + limits.paidMs + limits.releaseMarginMs',
    to: 'allocatedAt + limits.paidMs - 5 * limits.releaseMarginMs',
    catcher: { worlds: macs('quiet days', { pattern: 'quiet' }) },
  },
  {
    name: 'unsuccessful-ignored',
    breaks: 'section 2',
    file: 'shared/providers/ec2/mac/releasing.ts',
    from: 'if (answer.Successful?.includes(hostId)) return',
    to: 'if (answer.Successful) return',
    catcher: { tests: 'test/providers/mac-releases.test.ts' },
  },
];
