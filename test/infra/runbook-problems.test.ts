// The runbook's table of problems: its names are those that sweeps say, and each part that abstains has a
// row.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './stage.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const folder = join(root, 'shared/operations/sweep');
const code = readdirSync(folder)
  .map((name) => readFileSync(join(folder, name), 'utf8'))
  .join('\n');

/** The rows of the table that begins with this cell, by the names in their first cells. */
function namesIn(text: string, heading: string): string[] {
  const [, table = ''] = text.split(`\n| ${heading} |`);
  const rows = (table.split('\n\n')[0] ?? '').split('\n').slice(2);
  return rows.flatMap((row) =>
    [...(row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  );
}

/** What a name in code looks like: `<word>` stands for a value. */
const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
const inCode = (name: string): RegExp =>
  new RegExp(`['"\`} ]${escaped(name).replaceAll(/<[^>]+>/g, '\\$\\{[^}]+\\}')}['"\`:]|: ${escaped(name)}`);

/** Parts of sweeps that abstain, with `<>` for their values. */
const parts = [...code.matchAll(/\bpart: (['`])(.+?)\1/g)].map(([, , part = '']) =>
  part.replaceAll(/\$\{[^}]+\}/g, '<>'),
);

const names = namesIn(readme, 'problem');

/** Says the table what this part is? What a row says with `in <place>` goes for all its names. */
function isTold(part: string): boolean {
  const whole = names.map((name) => name.replaceAll(/<[^>]+>/g, '<>'));
  return whole.includes(part) || part === '<> in <>' || whole.some((name) => part === `${name} in <>`);
}

describe("the runbook's table of problems", () => {
  it('is there', () => {
    expect(names.length).toBeGreaterThan(20);
    expect(parts.length).toBeGreaterThan(10);
  });

  it.each(names.map((name) => [name]))('%s is what sweeps say', (name) => {
    expect({ name, isSaid: inCode(name).test(code) }).toEqual({ name, isSaid: true });
  });

  it.each([...new Set(parts)].map((part) => [part]))('%s has a row', (part) => {
    expect({ part, isTold: isTold(part) }).toEqual({ part, isTold: true });
  });

  it('tells names that nobody says from those that are said', () => {
    expect(inCode('provider <name> of <place>').test(code)).toBe(false);
    expect(inCode('lost deliveries').test(code)).toBe(false);
    expect(isTold('machines')).toBe(false);
  });
});
