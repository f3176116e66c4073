// Two services on one computer, whose builders have the same names.
import { expect, it } from 'vitest';
import { allIsWell } from './checks.ts';
import { longest, play } from './harness.ts';
import { until } from './until.ts';

it('leaves the builders of another service alone', longest, async () => {
  const [one, other] = [await play(), await play()];
  const gate = one.gate();
  one.queue({ after: gate.command });
  await until(() => one.marks().length === 1, 'a job of the one runs');
  other.queue();
  await until(() => other.marks().length === 1, 'a job of the other runs');
  const names = async (stage: typeof one) => (await stage.builders()).map(({ id }) => id);
  expect(await names(other)).toEqual(await names(one));
  await allIsWell(other);
  gate.open();
  await allIsWell(one);
});
