// Tables of money as README must show them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Line } from './idle-cost.ts';
import type { Flood } from './idle-flood.ts';
import { gatheredOn, prices } from './idle-prices.ts';

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');

/** The text below a heading of README, up to the next one. Throws when there is no such heading. */
export function sectionOf(heading: string): string {
  const [, below] = readme.split(new RegExp(`^#{2,} ${heading}$`, 'm'));
  if (below === undefined) throw new Error(`README.md has no heading '${heading}'`);
  return below.split(/^#{2,} /m)[0] ?? '';
}

/** How far the tables can be trusted. */
export function priceNote(): string {
  const all = Object.values(prices);
  const secondHand = all.filter(({ sure }) => sure === 'second-hand').length;
  return (
    `Prices of us-east-1, without the free tier, gathered on ${gatheredOn}: ${secondHand} of ${all.length} ` +
    'second-hand, the others from memory'
  );
}

const sumOf = <T>(all: readonly T[], usd: (each: T) => number): number =>
  all.reduce((sum, each) => sum + usd(each), 0);

/** A bill in cents, with its sum. Rows are rounded each by itself, so they may miss the sum by a cent. */
export const billTable = (what: string, lines: readonly Line[]): string =>
  markdown([
    [what, 'how it is reckoned', 'USD'],
    ['---', '---', '---:'],
    ...lines.map(({ item, how, usd }) => [item, how, usd.toFixed(2)]),
    ['**sum**', '', `**${sumOf(lines, ({ usd }) => usd).toFixed(2)}**`],
  ]);

/** In dollars: nobody asks for the cents of a flood. */
export const floodTable = (floods: readonly Flood[]): string => {
  const row = (name: string, rate: number, usd: readonly number[]) => [
    name,
    String(rate),
    ...usd.map((each) => each.toFixed(each < 1 ? 1 : 0)),
  ];
  const columns = [
    (flood: Flood) => flood.leastUsd,
    (flood: Flood) => flood.mostUsd,
    (flood: Flood) => flood.largestUsd,
  ];
  return markdown([
    ['route', 'requests a second', 'USD a day, refused in 10 ms', 'in 50 ms', 'with bodies of 10 MB'],
    ['---', '---:', '---:', '---:', '---:'],
    ...floods.map((flood) =>
      row(
        `\`${flood.route}\``,
        flood.rate,
        columns.map((usd) => usd(flood)),
      ),
    ),
    row(
      '**all at once**',
      sumOf(floods, ({ rate }) => rate),
      columns.map((usd) => sumOf(floods, usd)),
    ),
  ]);
};

const markdown = (rows: readonly (readonly string[])[]): string =>
  rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
