// Mutants of the reaper: whose things it ends, what it believes, what it says.
import type { Mutant } from '../mutant.ts';
import { alone, mixed } from '../worlds.ts';

const onEc2 = { ladder: 'ec2' } as const;
const ec2 = { with: 'on EC2' };

export const reaper: readonly Mutant[] = [
  {
    name: 'functions-with-all-memory',
    breaks: 'invariant 9',
    file: 'infra/aws/function.ts',
    from: 'memorySize: props.memoryMiB,',
    to: 'memorySize: 10_240 + 0 * props.memoryMiB,',
    catcher: { tests: 'test/infra/idle.test.ts' },
  },
  {
    name: 'rings-nobody',
    breaks: 'rule 20',
    file: 'shared/scheduler/reconcile.ts',
    from: "  return (\n    state.jobs.some((job) => job.phase !== 'done') ||",
    to: "  return (\n    state.jobs.some((job) => job.phase === 'running' && job.id === '') ||",
    catcher: { worlds: [...alone('crash'), ...mixed()] },
  },
  {
    name: 'table-read-before-the-clouds',
    breaks: 'section 2',
    file: 'shared/operations/sweep/sweep.ts',
    from: `  const clouds = await listClouds(ports, report);
  const pools = poolsOf(ports, memory, clouds, ledgers);
  const states = await readPools(ports, pools, report);`,
    to: `  const early = await readPools(ports, memory.pools, report);
  const clouds = await listClouds(ports, report);
  const pools = poolsOf(ports, memory, clouds, ledgers);
  const late = pools.filter((pool) => !memory.pools.includes(pool));
  const states = [...early, ...(await readPools(ports, late, report))];`,
    catcher: { tests: 'test/functions/reaper-order.test.ts' },
  },
  {
    name: 'protect-tag-ignored',
    breaks: 'invariant 11',
    file: 'shared/scheduler/orphans.ts',
    from: '  if (sighting.protected) return protectedOne;',
    to: '  if (sighting.protected && builder) return protectedOne;',
    catcher: { worlds: alone('strays', ec2, onEc2) },
  },
  {
    name: 'machines-of-others-ended',
    breaks: 'invariant 11',
    file: 'shared/providers/ec2/ours.ts',
    from: 'machinesIn(calls, region, ours), onSilence);',
    to: "machinesIn(calls, region, { 'instance-state-name': livingStates }), onSilence);",
    catcher: { worlds: alone('strays', ec2, onEc2) },
  },
  {
    name: 'registrations-of-others-ended',
    breaks: 'invariant 11',
    file: 'shared/github/runners.ts',
    from: '.filter(({ name }) => name.startsWith(prefix))',
    to: '.filter(({ name }) => name !== prefix)',
    catcher: { tests: 'test/github/runners.test.ts' },
  },
  {
    name: 'silent-region-taken-as-empty',
    breaks: 'the reaper',
    file: 'shared/providers/ec2/regions.ts',
    from: '      onSilence(silenceOf(region, error));',
    to: '      silenceOf(region, error);',
    catcher: { tests: 'test/providers/ec2-list.test.ts' },
  },
  {
    name: 'empty-list-believed',
    breaks: 'the reaper',
    file: 'shared/operations/sweep/doubt.ts',
    from: 'if (expected < fewest || lacking * 2 <= expected) {',
    to: 'if (expected < fewest || lacking <= expected) {',
    catcher: { tests: 'test/functions/reaper-doubt.test.ts' },
  },
  {
    name: 'clock-jump-believed',
    breaks: 'the reaper',
    file: 'shared/operations/sweep/clock.ts',
    from: 'if (now - lastAt > mostSweeps * sweepMs)',
    to: 'if (now - lastAt > 1000 * mostSweeps * sweepMs)',
    catcher: { tests: 'test/functions/reaper-doubt.test.ts' },
  },
  {
    name: 'cursor-moves-past-failures',
    breaks: 'the reaper',
    file: 'shared/scheduler/deliveries.ts',
    from: 'failed.size >= deliveryCounts.failed) isWhole = false;',
    to: 'failed.size >= deliveryCounts.failed) isWhole = true;',
    catcher: { tests: 'test/operations/deliveries.test.ts' },
  },
  {
    name: 'registrations-left',
    breaks: 'invariant 2',
    file: 'shared/operations/sweep/registrations.ts',
    from: "if (decision !== 'end') return;",
    to: "if (decision !== 'end' || id !== '') return;",
    catcher: { worlds: [...alone('http'), ...alone('github'), ...mixed()] },
  },
  {
    name: 'dead-run-served',
    breaks: 'the reaper',
    file: 'shared/operations/verify.ts',
    from: "if (run?.status !== 'completed' ||",
    to: "if (run?.status !== 'completed' || run.status ||",
    catcher: { worlds: [...alone('deadRun'), ...mixed()] },
  },
  {
    name: 'leak-not-on-the-receipt',
    breaks: 'the reaper',
    file: 'shared/operations/sweep/machines.ts',
    from: 'if (judged.isUnowned) report.unowned.push(',
    to: "if (judged.isUnowned && decision === 'end') report.unowned.push(",
    catcher: { worlds: alone('strays', ec2, onEc2) },
  },
  {
    name: 'moved-job-not-moved',
    breaks: 'rule 25',
    file: 'shared/operations/sweep/jobs.ts',
    from: "  if (now.kind === 'pool' && now.pool === job.pool) {",
    to: "  if (now.kind === 'pool' && now.pool !== '') {",
    catcher: { tests: 'test/functions/reaper-jobs.test.ts' },
  },
];
