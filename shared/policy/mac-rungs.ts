// What must be true of a pool's rung of Macs. Each check answers problems: place, then remedy.
import type { MacRung, PoolConfig } from './config.ts';
import { isStandardMacImage, isTelling, macImageFolder } from './images.ts';
import { macs } from './macs.ts';
import { nearest } from './nearest.ts';
import { type AwsPart, regionOf } from './region-checks.ts';

/** GiB that an image of macOS takes, with room for a job. */
const leastDiskGiB = 60;

/** Minutes: with less, Macs that would claim are ended, and their hosts clean themselves for nothing. */
const leastBootMinutes = 25;

/** All problems of one pool's Macs. `place`: `pools.<name>`. */
export function macProblems(place: string, pool: PoolConfig, aws: AwsPart): string[] {
  const [first, ...others] = pool.ladder.flatMap((rung, index) =>
    rung.provider === 'mac' ? [{ here: `${place}.ladder[${index}]`, index, rung }] : [],
  );
  if (!first) return dockerProblems(place, pool);
  const { here, rung } = first;
  if (pool.os !== 'macos') return [`${here}: Macs run macOS, the pool is ${pool.os}; remove it`];
  return [
    ...dockerProblems(place, pool),
    ...zoneProblems(here, pool, rung, aws),
    ...familyProblems(here, pool, rung),
    ...tenancyProblems(here, pool, rung),
    ...machineProblems(place, here, pool, rung),
    ...imageProblems(place, pool, rung),
    ...bootProblems(place, pool),
    ...others.map(
      (other) =>
        `${other.here}: a pool has one rung of Macs, which is ladder[${first.index}]; ` +
        'put its families and zones there',
    ),
  ];
}

const dockerProblems = (place: string, { os, containers }: PoolConfig): string[] =>
  os === 'macos' && containers
    ? [`${place}.containers: jobs on macOS cannot use containers; write false, or leave it out`]
    : [];

function zoneProblems(here: string, pool: PoolConfig, { region, zones }: MacRung, aws: AwsPart): string[] {
  const { problems, found } = regionOf(here, pool, region, aws);
  if (!found) return problems;
  const unknown = zones.flatMap((zone, index) => {
    const place = `${here}.zones[${index}]`;
    if (zones.indexOf(zone) !== index) return [`${place}: '${zone}' is named twice; name it once`];
    if (found.zones.includes(zone)) return [];
    const remedy = didYouMean(zone, found.zones) ?? 'add it there';
    return [`${place}: '${zone}' is not in aws.regions.${region}.zones; ${remedy}`];
  });
  return [...problems, ...unknown];
}

function didYouMean(word: string, known: readonly string[]): string | undefined {
  const meant = nearest(word, known);
  return meant && `did you mean '${meant}'?`;
}

function familyProblems(here: string, { arch }: PoolConfig, { families, macos }: MacRung): string[] {
  if (families.length === 0) {
    return [`${here}.macos: no Mac that is ${arch} runs ${macos}; write an older version`];
  }
  return families.flatMap((family, index) => {
    const place = `${here}.families[${index}]: '${family}'`;
    const mac = macs[family];
    if (families.indexOf(family) !== index) return [`${place} is named twice; name it once`];
    if (mac.arch !== arch) return [`${place} is ${mac.arch}; change the pool's arch, or remove it`];
    if (mac.macos.includes(macos)) return [];
    return [`${place} runs ${mac.macos.join(' and ')}, not ${macos}; change macos, or remove it`];
  });
}

/** Who comes after whom on a machine, and on a host. */
function tenancyProblems(here: string, pool: PoolConfig, rung: MacRung): string[] {
  const { reset, paidDay, afterwards } = rung;
  return [
    ...(reset === 'replace-root' && !pool.trustedOnly
      ? [
          `${here}.reset: 'replace-root' leaves the internal disk as a job left it; ` +
            "write trustedOnly: true in the pool, or 'relaunch'",
        ]
      : []),
    ...(reset === 'replace-root' && paidDay === 'one-job'
      ? [`${here}.reset: a host that serves a single job resets nothing; remove it, or paidDay: 'one-job'`]
      : []),
    ...(afterwards === 'keep' && paidDay === 'one-job'
      ? [`${here}.afterwards: a host that has served its single job would be kept for nothing; remove it`]
      : []),
  ];
}

function machineProblems(place: string, here: string, { machine }: PoolConfig, rung: MacRung): string[] {
  const { image, diskGiB } = machine;
  return [
    ...(rung.windowServer && isStandardMacImage(image)
      ? [
          `${here}.windowServer: AWS's image logs nobody in; make one that does (npm run mac-image), ` +
            `and name it in ${place}.machine.image`,
        ]
      : []),
    ...(diskGiB < leastDiskGiB
      ? [`${place}.machine.diskGiB: ${diskGiB} is too little for macOS; give at least ${leastDiskGiB}`]
      : []),
  ];
}

function imageProblems(
  place: string,
  { arch, machine: { image } }: PoolConfig,
  { macos }: MacRung,
): string[] {
  if (!('parameter' in image) || !isTelling(image.parameter)) return [];
  const folder = macImageFolder(macos, arch);
  if (image.parameter.startsWith(folder)) return [];
  const wanted = isStandardMacImage(image) ? `of ${macos} for Macs that are ${arch}` : 'an image of macOS';
  return [
    `${place}.machine.image.parameter: '${image.parameter}' is not ${wanted}; ` +
      `remove it, or name one that begins with ${folder}`,
  ];
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-mac-instances.html */
const bootProblems = (place: string, { bootLimitMinutes }: PoolConfig): string[] =>
  bootLimitMinutes < leastBootMinutes
    ? [
        `${place}.bootLimitMinutes: ${bootLimitMinutes} is too little, a Mac boots for 6 to 20 minutes; ` +
          `give at least ${leastBootMinutes}, or leave it out`,
      ]
    : [];
