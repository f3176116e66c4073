// Two services on one computer, whose builders have the same names.
import { expect, it } from 'vitest';
import { allIsWell } from './checks.ts';
import { builderWith, longest, play } from './harness.ts';
import { until } from './until.ts';

it('leaves the builders of another service alone', longest, async () => {
  const [one, other] = [await play(), await play()];
  const gate = one.gate();
  const first = one.queue({ after: gate.command });
  await until(() => one.marks().length === 1, 'a job of the one runs');
  const second = other.queue();
  await until(() => other.marks().length === 1, 'a job of the other runs');
  expect(builderWith(other, second.id)).toBe(builderWith(one, first.id));
  await allIsWell(other);
  gate.open();
  await allIsWell(one);
});
