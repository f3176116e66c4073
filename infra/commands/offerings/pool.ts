// A pool's ladder in lines: each rung with its offerings and their prices.
import { type Offering, offeringKey } from '../../../shared/contract/offerings.ts';
import { hostOfferingsOf, macRungOf } from '../../../shared/policy/hosts.ts';
import { type InstanceType, instanceTypes } from '../../../shared/policy/instances.ts';
import { termsOf } from '../../../shared/policy/ladder.ts';
import { offeringsOf } from '../../../shared/policy/offerings.ts';
import { builderMinutes } from '../../../shared/policy/rungs.ts';
import type { Config, PoolConfig, Rung } from '../../../shared/policy/schema.ts';
import { codeBuildSizes, environmentOf } from '../../../shared/policy/sizes.ts';
import { rungName } from '../../../shared/policy/told.ts';
import { table } from '../table.ts';
import { dayWords, hostLines } from './hosts.ts';
import type { SpotPrices } from './spot.ts';
import { counted, forJob, hourly, span } from './words.ts';

/** The pool, and each of its rungs. `minutes`: of a typical job. */
export function poolLines(config: Config, name: string, minutes: number, spot?: SpotPrices): string[] {
  const pool = config.pools[name];
  if (!pool) return [];
  const { os, arch, maximum, jobLimitMinutes, ladder } = pool;
  const what = macRungOf(config, name) ? 'host' : 'builder';
  return [
    `Pool ${name} (${os} ${arch}): at most ${counted(maximum, what)}, ` +
      `jobs of at most ${jobLimitMinutes} minutes.`,
    ...(ladder.length === 0 ? ['', 'It has no rung in the cloud: its jobs wait.'] : []),
    ...ladder.flatMap((rung, index) => [
      '',
      `${rungName(pool, index)}: ${about(config, name, rung, index)}`,
      ...(rung.provider === 'mac'
        ? hostLines(config, name)
        : [
            ...lastingLines(config, name, pool, index),
            ...table(offeringRows(offeringsOf(config, name, index), minutes, spot)).map(
              (line) => `  ${line}`,
            ),
          ]),
    ]),
  ];
}

function about(config: Config, pool: string, rung: Rung, index: number): string {
  switch (rung.provider) {
    case 'local':
      return 'a process on this computer';
    case 'ec2': {
      const types = typesOf(offeringsOf(config, pool, index)).length;
      return `${rung.market}, ${counted(types, 'type')} in ${rung.region}, cheapest first`;
    }
    case 'mac':
      return `macOS ${rung.macos} on hosts in ${rung.region}, the first type in all zones first`;
    case 'codebuild': {
      const size = codeBuildSizes[environmentOf(rung, config.pools[pool]?.arch ?? 'x64')][rung.size];
      if (!size) return `size ${rung.size}, in ${rung.image}`;
      const gpus = size.gpus > 0 ? `, ${counted(size.gpus, 'GPU')}` : '';
      return `size ${rung.size}: ${size.vCpus} vCPUs, ${size.memoryGiB} GiB${gpus}, in ${rung.image}`;
    }
  }
}

/** How long it is asked before the next one, and what it may cost. */
function lastingLines(config: Config, name: string, pool: PoolConfig, index: number): string[] {
  const { usdPerHour } = termsOf(config, name, index);
  const reserved = (usdPerHour * builderMinutes(pool)) / 60;
  const isLast = index === pool.ladder.length - 1;
  return [
    `  at most ${hourly(usdPerHour)} USD an hour; ${reserved.toFixed(2)} USD are set aside for each builder`,
    ...(isLast ? [] : [`  the next rung is asked ${patience(pool.ladder[index])}`]),
  ];
}

function patience(rung: Rung | undefined): string {
  switch (rung?.provider) {
    case undefined:
    case 'local':
    case 'mac':
      return 'at once';
    case 'codebuild':
      return `when a build has waited ${counted(rung.patienceMinutes, 'minute')} in CodeBuild's queue`;
    case 'ec2':
      return rung.patienceMinutes === 0
        ? 'as soon as there is nothing to have'
        : `after ${counted(rung.patienceMinutes, 'minute')} in vain`;
  }
}

/** One row for each type, with the zones where it is asked for. None for rungs that are not of EC2. */
function offeringRows(offerings: readonly Offering[], minutes: number, spot?: SpotPrices): string[][] {
  const types = typesOf(offerings);
  if (types.length === 0) return [];
  const isSpot = offerings[0]?.market === 'spot';
  const heading = [
    'type',
    'GPUs',
    'VRAM',
    'vCPUs',
    'memory',
    'zones',
    'USD an hour',
    `for ${minutes} minutes`,
  ];
  return [
    isSpot && spot ? [...heading, 'spot now'] : heading,
    ...types.map((type) => {
      const own = offerings.filter((one) => one.type === type.type);
      const usd = own[0]?.usdPerHour ?? 0;
      const most = isSpot ? 'at most ' : '';
      const cells = [
        ...machineCells(type),
        own.map(({ zone, region }) => zone.slice(region.length)).join(' '),
        `${most}${hourly(usd)}`,
        `${most}${forJob(usd, minutes)}`,
      ];
      return isSpot && spot ? [...cells, present(own, spot)] : cells;
    }),
  ];
}

const machineCells = ({ type, gpu, vCpus, memoryGiB }: InstanceType): string[] => [
  type,
  gpu ? `${gpu.count} x ${gpu.model}` : 'none',
  gpu ? `${Number((gpu.vramMiB / 1024).toFixed(1))} GiB` : '-',
  String(vCpus),
  `${memoryGiB} GiB`,
];

/** `0.158 (b) to 0.211 (f)`, cheapest zone first. */
function present(offerings: readonly Offering[], spot: SpotPrices): string {
  const known = offerings
    .flatMap(({ zone, region, ...rest }) => {
      const usd = spot.get(offeringKey({ zone, region, ...rest }));
      return usd === undefined ? [] : [{ usd, words: `${hourly(usd)} (${zone.slice(region.length)})` }];
    })
    .sort((a, b) => a.usd - b.usd)
    .map(({ words }) => words);
  const [first = 'not offered', last] = [known[0], known.at(-1)];
  return known.length > 1 ? `${first} to ${last}` : first;
}

const typesOf = (offerings: readonly Offering[]): InstanceType[] =>
  [...new Set(offerings.map(({ type }) => type))].flatMap((name) =>
    instanceTypes.filter(({ type }) => type === name),
  );

/** All rungs of all pools, one row each. */
export const shortRows = (config: Config, minutes: number): string[][] => [
  ['pool', 'rung', 'types', 'zones', 'USD an hour', `for ${minutes} minutes`],
  ...Object.entries(config.pools).flatMap(([name, pool]) =>
    pool.ladder.length === 0
      ? [[name, 'none in the cloud', '-', '-', '-', '-']]
      : pool.ladder.map((_, index) => shortRow(config, name, pool, index, minutes)),
  ),
];

function shortRow(config: Config, name: string, pool: PoolConfig, index: number, minutes: number): string[] {
  const hosts = macRungOf(config, name)?.index === index ? hostOfferingsOf(config, name) : [];
  const offerings = [...hosts, ...offeringsOf(config, name, index)];
  const prices = offerings.map(({ usdPerHour }) => usdPerHour);
  const dearest = Math.max(termsOf(config, name, index).usdPerHour, ...prices);
  const cheapest = Math.min(dearest, ...prices);
  const distinct = (of: readonly string[]) => (of.length > 0 ? String(new Set(of).size) : '-');
  return [
    name,
    rungName(pool, index),
    distinct(offerings.map(({ type }) => type)),
    distinct(offerings.map(({ zone }) => zone)),
    span(hourly(cheapest), hourly(dearest)),
    hosts.length > 0 ? dayWords(hosts) : span(forJob(cheapest, minutes), forJob(dearest, minutes)),
  ];
}
