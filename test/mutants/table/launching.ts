// Mutants of the rules about launches: intents first, fences, tokens, partial answers, money.
import type { Mutant } from '../mutant.ts';
import { alone, mixed, quiet } from '../worlds.ts';

const onEc2 = { ladder: 'ec2' } as const;
const ec2 = { with: 'on EC2' };
const launching = 'shared/operations/launching.ts';

export const launches: readonly Mutant[] = [
  {
    name: 'act-before-save',
    breaks: 'section 2',
    file: launching,
    from: '  const saved = await save(ports, state, intent);\n  if (!saved) {',
    to: `  await providerOf(ports, id, provider).launch(intent, false);
  const saved = await save(ports, state, intent);
  if (!saved) {`,
    catcher: { worlds: quiet(ec2, onEc2) },
  },
  {
    name: 'launch-overwritten',
    breaks: 'rule 14',
    file: 'shared/store/dynamo.ts',
    from: '    ...atVersion(item.version),\n',
    to: '    ...(item.version > 0 && atVersion(item.version)),\n',
    catcher: {
      worlds: alone(
        'overlap',
        { with: 'always, on EC2' },
        { ...onEc2, faults: { overlap: 1 }, foulMinutes: 200 },
      ),
    },
  },
  {
    name: 'token-forgotten',
    breaks: 'rule 15',
    file: 'shared/providers/ec2/fleet.ts',
    from: 'tokenOf(installation, launch.id, launch.askedAt)',
    to: 'tokenOf(installation, launch.id, Math.random())',
    catcher: {
      worlds: alone(
        'cloud',
        { with: 'two passes at once, on EC2' },
        { ...onEc2, burst: true, strict: false, faults: { overlap: 1, cloud: 0.4 } },
      ),
    },
  },
  {
    name: 'asked-again-without-a-look',
    breaks: 'rule 15',
    file: 'shared/providers/ec2/launching.ts',
    from: 'const found = again ?',
    to: 'const found = again && request.n < 0 ?',
    catcher: { worlds: [...alone('cloud', ec2, onEc2), ...mixed()] },
  },
  {
    name: 'asked-past-its-life',
    breaks: 'rule 15',
    file: 'shared/scheduler/plan.ts',
    from: 'age(launch) <= tokenLifeMs(launch.provider) - limits.tokenMarginMs,',
    to: 'tokenLifeMs(launch.provider) > limits.tokenMarginMs,',
    catcher: { tests: 'test/scheduler/plan.test.ts' },
  },
  {
    name: 'partial-answer-rings-nobody',
    breaks: 'rule 16',
    file: launching,
    from: 'return isPartial && (result.started.length > 0 || !isThrottled(result.faults));',
    to: 'return isPartial && result.started.length > intent.n;',
    catcher: { tests: 'test/functions/dispatcher.test.ts' },
  },
  {
    name: 'too-many-registrations-ahead',
    breaks: 'rule 22',
    file: 'shared/scheduler/plan.ts',
    from: 'return Math.max(0, Math.min(room, registrations));',
    to: 'return Math.max(0, Math.min(room, 1000 + registrations));',
    catcher: { tests: 'test/scheduler/plan.test.ts' },
  },
  {
    name: 'failing-rung-never-rests',
    breaks: 'rule 23',
    file: 'shared/scheduler/rungs.ts',
    from: 'if (last.length < counts.failedBootsInARow || !last.every(neverAsked)) continue;',
    to: 'if (last.length <= counts.failedBootsInARow || !last.every(neverAsked)) continue;',
    catcher: { tests: 'test/scheduler/rungs.test.ts' },
  },
  {
    name: 'job-eats-builders',
    breaks: 'rule 23',
    file: 'shared/scheduler/demand.ts',
    from: '>= counts.failedBuildersPerJob',
    to: '>= 100 * counts.failedBuildersPerJob',
    catcher: { tests: 'test/scheduler/demand.test.ts' },
  },
  {
    name: 'reserved-after-the-launch',
    breaks: 'invariant 8',
    file: launching,
    from: `  await reserve(ports, state, intent);
  await renew(ports, state, open, intent);
  const saved = await save(ports, state, intent);`,
    to: `  await renew(ports, state, open, intent);
  const saved = await save(ports, state, intent);
  await reserve(ports, state, intent);`,
    catcher: { worlds: quiet(ec2, onEc2) },
  },
  {
    name: 'settled-twice',
    breaks: 'rule 25',
    file: 'shared/operations/money/entries.ts',
    from: 'const { [id]: _, ...open } = ledger.open;',
    to: 'const { open } = ledger;',
    catcher: { worlds: quiet(ec2, onEc2) },
  },
  {
    name: 'limit-of-money-overstepped',
    breaks: 'rule 25',
    file: 'shared/operations/money/ledger.ts',
    from: 'return within && all <= caps.installation;',
    to: 'return within || all >= caps.installation;',
    catcher: { tests: 'test/operations/money.test.ts' },
  },
];
