// A sweep lists the clouds before it reads the table: so what was started meanwhile always has its record.
import { expect, it } from 'vitest';
import { crew } from './crew.ts';

it('a machine that starts while its cloud is listed has an owner', async () => {
  const film = crew();
  await film.queue('1', 'film/color');
  await film.sweep();
  const { list } = film.cloud;
  film.cloud.list = async (onSilence) => {
    await film.pass();
    return list(onSilence);
  };
  film.later(60_000);
  await film.sweep();
  expect(film.cloud.machines.size).toBe(1);
  expect(film.lines.at(-1)).toEqual(expect.objectContaining({ unit: 'sweep', problems: [] }));
  expect(film.lines.at(-1)?.unowned).toEqual({});
});
