// A pool's Macs in lines: what their hosts cost, how many fit into a day, and what the settings mean.
import type { HostOffering } from '../../../shared/contract/offerings.ts';
import type { MacRung } from '../../../shared/policy/config.ts';
import {
  dearestHost,
  hostMinutes,
  hostOfferingsOf,
  macRungOf,
  paidHours,
} from '../../../shared/policy/hosts.ts';
import { macs } from '../../../shared/policy/macs.ts';
import type { Config } from '../../../shared/policy/schema.ts';
import { rungName } from '../../../shared/policy/told.ts';
import { table } from '../table.ts';
import { dailyLimits, hourly, span } from './words.ts';

/** US dollars for the least time that a host is paid for. */
const day = (usdPerHour: number): string => (usdPerHour * paidHours).toFixed(2);

/** What a pool's rung of Macs asks for, preferred first, and how its hosts are kept. None without one. */
export function hostLines(config: Config, name: string): string[] {
  const pool = config.pools[name];
  const found = macRungOf(config, name);
  if (!pool || !found) return [];
  const usdPerHour = dearestHost(config, name);
  const minutes = hostMinutes(pool);
  const aside = ((usdPerHour * minutes) / 60).toFixed(2);
  return [
    `  at most ${hourly(usdPerHour)} USD an hour; ${aside} USD are set aside for each host: ` +
      `${Number((minutes / 60).toFixed(1))} hours of it`,
    ...table(hostRows(config, name)).map((line) => `  ${line}`),
    ...doubts(found.rung),
    '',
    ...table(keepingRows(found.rung)).map((line) => `  ${line}`),
  ];
}

const doubts = ({ families }: MacRung): string[] =>
  families.every((family) => macs[family].isPriceSure)
    ? []
    : ["  'about': not read from a price list; look into that of your region"];

/** One row for each family, with the zones where it is asked for. */
function hostRows(config: Config, name: string): string[][] {
  const families = Map.groupBy(hostOfferingsOf(config, name), ({ quota }) => quota);
  return [
    ['type', 'chip', 'cores', 'memory', 'zones', 'USD an hour', `for ${paidHours} hours`],
    ...[...families].map(([family, offerings]) => {
      const { type, chip, cores, memoryGiB, isPriceSure } = macs[family];
      const usd = offerings[0]?.usdPerHour ?? 0;
      const about = isPriceSure ? '' : 'about ';
      const zones = offerings.map(({ zone, region }) => zone.slice(region.length)).join(' ');
      return [
        type,
        chip,
        String(cores),
        `${memoryGiB} GiB`,
        zones,
        `${about}${hourly(usd)}`,
        `${about}${day(usd)}`,
      ];
    }),
  ];
}

/** The settings that say how hosts are kept: name, value, what it means. */
function keepingRows(rung: MacRung): string[][] {
  const { waitMinutes, stayMinutes, reset, paidDay, afterwards, windowServer } = rung;
  return [
    [
      'waitMinutes',
      `${waitMinutes}`,
      'a job waits so long for a Mac that is there; then it gets another host',
    ],
    ['paidDay', paidDay, paidDayWords[paidDay]],
    ...(paidDay === 'shared'
      ? [
          ['reset', reset, resetWords[reset]],
          [
            'stayMinutes',
            `${stayMinutes}`,
            'a Mac waits so long for its next job, then its host cleans itself',
          ],
        ]
      : []),
    ['afterwards', afterwards, afterwardsWords[afterwards]],
    ['windowServer', `${windowServer}`, `jobs ${windowServer ? 'can' : 'cannot'} open windows`],
  ];
}

const paidDayWords = {
  shared: 'a host serves jobs until its paid day is over',
  'one-job': 'a host serves a single job',
} as const;

const resetWords = {
  'replace-root':
    'wiped in minutes for a trusted job of the same repository; else the host cleans itself, unpaid',
  relaunch: 'between jobs the host cleans itself, for hours, unpaid',
} as const;

const afterwardsWords = {
  release: 'an idle host is released when its paid day is over',
  keep: 'hosts are kept for ever, and paid for',
} as const;

/** How many hosts the daily limits of a pool's jobs pay for. None for a pool without Macs. */
export function hostLimitLines(config: Config, name: string): string[] {
  const pool = config.pools[name];
  const found = macRungOf(config, name);
  if (!pool || !found) return [];
  const usd = (dearestHost(config, name) * hostMinutes(pool)) / 60;
  const rows = dailyLimits(config, name).map(({ of, most }) => [
    of,
    most.toFixed(2),
    String(Math.floor(most / usd + 1e-9)),
  ]);
  return [
    '',
    'New hosts that fit into a day, if nothing else is paid from it:',
    ...table([['daily limit of', 'USD', rungName(pool, found.index)], ...rows]).map((line) => `  ${line}`),
  ];
}

/** What one host costs for the least time, from the cheapest to the dearest: `15.60 to 21.07 a day`. */
export function dayWords(offerings: readonly HostOffering[]): string {
  const prices = offerings.map(({ usdPerHour }) => usdPerHour);
  return `${span(day(Math.min(...prices)), day(Math.max(...prices)))} a day`;
}
