// Mutants of the rules about facts: phases, tombstones, the order in which a pool is read.
import type { Mutant } from '../mutant.ts';
import { alone, mixed } from '../worlds.ts';

export const facts: readonly Mutant[] = [
  {
    name: 'lower-a-phase',
    breaks: 'rule 1',
    file: 'shared/scheduler/observe.ts',
    from: 'if (step < 0 || (step === 0 && !namesRunner)) return undefined;',
    to: 'if (step === 0 && !namesRunner) return undefined;',
    catcher: { worlds: [...alone('deliveryLate', { from: 3 }), ...alone('deliveryTwice'), ...mixed()] },
  },
  {
    name: 'foreign-job-is-nobodys',
    breaks: 'rule 2',
    file: 'shared/scheduler/observe.ts',
    from: "if (current.runner !== fact.runner || current.phase === 'gone') return undefined;",
    to: "if (current.runner !== undefined || current.phase === 'gone') return undefined;",
    catcher: { tests: 'test/scheduler/observe.test.ts' },
  },
  {
    name: 'no-tombstone',
    breaks: 'rule 3',
    file: 'shared/scheduler/reconcile.ts',
    from: 'at !== undefined && now - at > limits.tombstoneMs',
    to: 'at !== undefined && now >= at',
    catcher: { worlds: [...alone('deliveryLate', { from: 3 }), ...alone('deliveryTwice'), ...mixed()] },
  },
  {
    name: 'archived-job-comes-back',
    breaks: 'rule 3',
    file: 'shared/operations/record.ts',
    from: "if (await ports.history.has('job', fact.id)) return;",
    to: "await ports.history.has('job', fact.id);",
    catcher: { tests: 'test/functions/reaper-jobs.test.ts' },
  },
  {
    name: 'demand-before-supply',
    breaks: 'rule 4',
    file: 'shared/store/keys.ts',
    from: '  builder: 2,\n  job: 3,',
    to: '  builder: 3,\n  job: 2,',
    catcher: { tests: 'test/store/dynamo.test.ts' },
  },
  {
    name: 'no-version-check',
    breaks: 'invariant 4',
    file: 'shared/store/dynamo.ts',
    from: '    ...atVersion(item.version),\n',
    to: '    ...(item.version === 0 && atVersion(0)),\n',
    catcher: { worlds: [...alone('overlap'), ...alone('crash'), ...mixed()] },
  },
];
