// Mutants of the claim protocol, of what is believed of whom, and of the bell.
import type { Mutant } from '../mutant.ts';
import { alone, mixed, prompt, quiet } from '../worlds.ts';

const claim = 'shared/operations/claim.ts';
const handover = 'shared/operations/handover.ts';

export const claims: readonly Mutant[] = [
  {
    name: 'claim-not-repeatable',
    breaks: 'rule 17',
    file: claim,
    from: 'return builder.startedAt === undefined ? says(await handOver(ports, builder)) : conflict;',
    to: 'return conflict;',
    catcher: { worlds: [...alone('http'), ...mixed()] },
  },
  {
    name: 'first-registration-left',
    breaks: 'rule 17',
    file: handover,
    from: 'if (builder.runner && (await inUse(',
    to: "if (builder.runner === '' && (await inUse(",
    catcher: { tests: 'test/functions/claim.test.ts' },
  },
  {
    name: 'configuration-before-the-intent',
    breaks: 'rule 18',
    file: handover,
    from: '  const put = await ports.open.put(intent);\n  if (!put.ok) return wait(1);',
    to: '  const put = { ok: true, item: intent };\n  if (!put.ok) return wait(1);',
    catcher: { tests: 'test/functions/claim.test.ts' },
  },
  {
    name: 'stopped-meanwhile-and-registered',
    breaks: 'rule 18',
    file: handover,
    from: "{ name: claimed.runner ?? '', id: made.runnerId }",
    to: "{ name: '' }",
    catcher: { tests: 'test/functions/claim.test.ts' },
  },
  {
    name: 'deadline-beyond-the-limit',
    breaks: 'rule 21',
    file: handover,
    from: 'Math.min(now + limits.readyMs + limits.jobMs, lastMoment)',
    to: 'Math.max(now + limits.readyMs + limits.jobMs, lastMoment)',
    catcher: { tests: 'test/functions/claim.test.ts' },
  },
  {
    name: 'key-not-compared',
    breaks: 'section 5',
    file: claim,
    from: 'if (builder.keyHash && !holdsKey(builder, request.key)) return conflict;',
    to: "if (builder.keyHash === '') return conflict;",
    catcher: { worlds: [...alone('lies', { seeds: 12 }), ...mixed()] },
  },
  {
    name: 'key-of-calls-not-compared',
    breaks: 'section 5',
    file: 'shared/operations/speaker.ts',
    from: 'return holdsKey(builder, call.key) ? builder : undefined;',
    to: 'return builder;',
    catcher: { tests: 'test/functions/hostile.test.ts' },
  },
  {
    name: 'ticket-not-compared',
    breaks: 'section 5',
    file: 'shared/providers/tickets.ts',
    from: 'shown.length === expected.length && timingSafeEqual(shown, expected) ?',
    to: 'shown.length === expected.length ?',
    catcher: { tests: 'test/providers/tickets.test.ts' },
  },
  {
    name: 'configuration-in-the-log',
    breaks: 'invariant 5',
    file: handover,
    from: "  if (made.kind === 'refused') return setScopeAside(ports, put.item, made.why);",
    to: `  if (made.kind === 'refused') return setScopeAside(ports, put.item, made.why);
  ports.log({ unit: 'claim', builder: builder.id, made });`,
    catcher: { worlds: quiet() },
  },
  {
    name: 'forged-delivery-accepted',
    breaks: 'invariant 6',
    file: 'shared/github/signature.ts',
    from: "  }\n  return 'bad';",
    to: "  }\n  return 'good';",
    catcher: { worlds: quiet() },
  },
  {
    name: 'hook-allows-refused-jobs',
    breaks: 'invariant 7',
    file: 'shared/operations/progress.ts',
    from: "if (said.kind !== 'admitted') return",
    to: "if (said.kind === 'unknown') return",
    catcher: { worlds: [...quiet({ with: 'many forks' }, { forks: 0.5, cancelled: 0.2, strict: false })] },
  },
  {
    name: 'ring-skipped-too-eagerly',
    breaks: 'rule 19',
    file: 'shared/operations/pass.ts',
    from: `  if (sentAt.some((at) => at >= began - ringMarginMs)) return false;
  const answered = (await ports.open.get(pool, 'pool', 'pool'))?.passBeganAt ?? 0;
  return sentAt.every((at) => at < answered - ringMarginMs);`,
    to: `  const answered = (await ports.open.get(pool, 'pool', 'pool'))?.passBeganAt ?? 0;
  return sentAt.every((at) => at <= began && at < answered + 30 * ringMarginMs);`,
    catcher: { worlds: [...prompt()] },
  },
  {
    name: 'rings-known-by-content',
    breaks: 'rule 19',
    file: 'shared/runtime/aws/bell.ts',
    from: 'MessageDeduplicationId: randomUUID(),',
    to: 'MessageDeduplicationId: pool,',
    catcher: { worlds: [...prompt()] },
  },
  {
    name: 'abandoned-pass-rings-nobody',
    breaks: 'rule 19',
    file: 'shared/operations/pass.ts',
    from: "    await ports.bell.ring(pool);\n    return 'abandoned';",
    to: "    return 'abandoned';",
    catcher: { tests: 'test/functions/dispatcher.test.ts' },
  },
  {
    name: 'failed-pass-fails-its-ring',
    breaks: 'rule 19',
    file: 'functions/dispatcher/dispatcher.ts',
    from: "outcome: 'failed', why: String(error) });",
    to: "outcome: 'failed', why: String(error) });\n        throw error;",
    catcher: { tests: 'test/functions/dispatcher.test.ts' },
  },
];
