// The command `offerings`: the ladder of a pool with its prices, or all pools in short.
import { parseArgs } from 'node:util';
import { inTheCloud } from '../../../shared/policy/ladder.ts';
import { poolNamed } from '../../../shared/policy/lookup.ts';
import { nearest } from '../../../shared/policy/nearest.ts';
import { offeringsOf } from '../../../shared/policy/offerings.ts';
import type { Config } from '../../../shared/policy/schema.ts';
import { type Io, type Main, messageOf, UsageError } from '../command.ts';
import { table } from '../table.ts';
import { hostLimitLines } from './hosts.ts';
import { limitLines } from './limits.ts';
import { poolLines, shortRows } from './pool.ts';
import { type SpotPrices, spotPricesOf } from './spot.ts';

const usage = `Usage: npm run offerings -- [<pool>] [--minutes <n>] [--spot]

Shows the ladder of a pool: what each rung asks for, cheapest first, and what it costs; without a pool, all
pools in short. Asks nobody, and takes prices from a table.

  --minutes <n>    minutes that a typical job has its machine, boot included; default: 20 (a Mac's host is
                   paid by the day)
  --spot           asks AWS for the present prices of spot, for the rungs of <pool>`;

const options = {
  minutes: { type: 'string', default: '20' },
  spot: { type: 'boolean', default: false },
  help: { type: 'boolean' },
} as const;

export const offerings: Main = async (args, _environment, io, config) => {
  const { values, pool } = read(args);
  if (values.help) {
    io.out(usage);
    return 0;
  }
  const minutes = minutesOf(values.minutes);
  const inCloud = inTheCloud(config);
  if (pool === undefined) {
    if (values.spot) throw new UsageError('--spot takes the name of a pool');
    for (const line of table(shortRows(inCloud, minutes))) io.out(line);
    return 0;
  }
  if (!poolNamed(config, pool)) throw new UsageError(unknownPool(config, pool));
  const spot = values.spot ? await presentPrices(inCloud, pool, io) : undefined;
  for (const line of poolLines(inCloud, pool, minutes, spot)) io.out(line);
  for (const line of limitLines(inCloud, pool, minutes)) io.out(line);
  for (const line of hostLimitLines(inCloud, pool)) io.out(line);
  return values.spot && !spot ? 1 : 0;
};

function read(args: string[]) {
  try {
    const { values, positionals } = parseArgs({ args, options, strict: true, allowPositionals: true });
    if (positionals.length > 1) throw new Error(`Name one pool, not ${positionals.length}`);
    return { values, pool: positionals[0] };
  } catch (error) {
    throw new UsageError(messageOf(error).split('. ')[0]);
  }
}

function minutesOf(text: string): number {
  const minutes = Number(text);
  if (Number.isInteger(minutes) && minutes >= 1 && minutes <= 7200) return minutes;
  throw new UsageError(`--minutes takes a whole number from 1 to 7200, not '${text}'`);
}

function unknownPool({ pools }: Config, name: string): string {
  const known = Object.keys(pools);
  const meant = nearest(name, known);
  const remedy = meant ? `did you mean '${meant}'?` : `there are ${known.join(', ')}`;
  return `no pool is called '${name}'; ${remedy}`;
}

/** Undefined, with the reason in a line, when AWS does not tell: the ladder is shown all the same. */
async function presentPrices(config: Config, pool: string, io: Io): Promise<SpotPrices | undefined> {
  const ladder = poolNamed(config, pool)?.ladder ?? [];
  const spot = ladder
    .flatMap((_, index) => offeringsOf(config, pool, index))
    .filter(({ market }) => market === 'spot');
  if (spot.length === 0) throw new UsageError(`no rung of pool '${pool}' is spot`);
  try {
    return await spotPricesOf(spot);
  } catch (error) {
    io.err(`Prices of spot are not shown: ${messageOf(error)}`);
    return undefined;
  }
}
