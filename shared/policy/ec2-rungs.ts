// What must be true of a pool's rungs of EC2. Each check answers problems: place, then remedy.
import type { Ec2Rung, PoolConfig } from './config.ts';
import { instanceTypes } from './instances.ts';
import { nearest } from './nearest.ts';
import { lacks, nearMisses, typesFor } from './needs.ts';
import { ceilingOf, pricedTypes } from './offerings.ts';
import { type AwsPart, regionOf } from './region-checks.ts';

interface Place {
  /** `pools.<name>.ladder[<index>]`. */
  here: string;
  index: number;
  rung: Ec2Rung;
}

/** All problems of one pool's rungs of EC2. `place`: `pools.<name>`. */
export function ec2Problems(place: string, pool: PoolConfig, aws: AwsPart): string[] {
  const rungs = pool.ladder.flatMap((rung, index) =>
    rung.provider === 'ec2' ? [{ here: `${place}.ladder[${index}]`, index, rung }] : [],
  );
  return [
    ...rungs.flatMap((one) => [...outerProblems(one, pool, aws), ...machineProblems(one, pool)]),
    ...equalRungs(rungs),
    ...(rungs.length === 0 ? [] : builtImageProblems(place, pool, aws)),
    ...imageProblems(place, pool),
    ...trustProblems(place, pool),
    ...lossProblems(place, pool),
  ];
}

/** Where its machines start, and what they cost there. */
function outerProblems({ here, rung }: Place, pool: PoolConfig, aws: AwsPart): string[] {
  if (pool.os !== 'linux') return [`${here}: machines of EC2 are Linux, the pool is ${pool.os}; remove it`];
  const { problems, found } = regionOf(here, pool, rung.region, aws);
  return found ? [...problems, ...priceProblems(here, pool, rung, found.priceFactor)] : problems;
}

function priceProblems(here: string, pool: PoolConfig, rung: Ec2Rung, priceFactor: number): string[] {
  const priced = pricedTypes(typesFor(pool, rung), priceFactor);
  const ceiling = ceilingOf(rung, priced);
  const dear = priced.filter(({ usdPerHour }) => usdPerHour > ceiling);
  const words = ({ type, usdPerHour }: { type: string; usdPerHour: number }) =>
    `${type} costs ${usdPerHour} USD an hour in ${rung.region}`;
  if (rung.types) {
    return dear.map((type) => `${here}.types: ${words(type)}; raise maxUsdPerHour, or remove the type`);
  }
  const cheapest = priced[0];
  if (!cheapest || dear.length < priced.length) return [];
  return [`${here}.maxUsdPerHour: ${words(cheapest)}, and nothing that fits costs less; raise it`];
}

/** What its machines are. */
function machineProblems({ here, rung }: Place, pool: PoolConfig): string[] {
  const unused = gpuNeeds(rung);
  if (rung.needs.gpus === 0 && unused.length > 0) {
    return [`${here}.needs: a machine without GPUs has no ${unused.join(', ')}; remove that`];
  }
  if (rung.needs.fraction && !pool.machine.image.drivers.includes('grid')) {
    const remedy = "name an image that has it, with drivers: ['grid'], or leave this out";
    return [`${here}.needs.fraction: the image lacks the grid driver, which parts of GPUs take; ${remedy}`];
  }
  if (rung.types) return rung.types.flatMap((type, index) => typeProblems(here, pool, rung, type, index));
  if (typesFor(pool, rung).length > 0) return [];
  const near = nearMisses(pool, rung)
    .slice(0, 3)
    .map(({ type, criterion }) => `${type.type} ${criterion.found(type)} (${criterion.remedy})`);
  const remedy = near.length > 0 ? `the cheapest that lack one thing: ${near.join(', ')}` : 'ask for less';
  return [`${here}.needs: no instance type fits; ${remedy}`];
}

/** The needs of GPUs that are written, by name. */
const gpuNeeds = ({ needs }: Ec2Rung): string[] =>
  (['vramGiB', 'computeCapability', 'fraction', 'optix', 'egl', 'vulkan'] as const).filter(
    (need) => needs[need] !== undefined && needs[need] !== false,
  );

function typeProblems(here: string, pool: PoolConfig, rung: Ec2Rung, name: string, index: number): string[] {
  const place = `${here}.types[${index}]`;
  const type = instanceTypes.find((known) => known.type === name);
  if (!type) {
    const meant = nearest(
      name,
      instanceTypes.map((known) => known.type),
    );
    const remedy = meant ? `did you mean '${meant}'?` : 'see instances.ts';
    return [`${place}: '${name}' is no instance type that is known here; ${remedy}`];
  }
  if (rung.types?.indexOf(name) !== index) return [`${place}: '${name}' is named twice; name it once`];
  const [lack] = lacks(type, pool, rung);
  return lack ? [`${place}: '${name}' ${lack.found(type)}; ${lack.remedy}, or remove the type`] : [];
}

/** Two rungs that ask for the same are one: the second would be asked in vain. */
function equalRungs(rungs: readonly Place[]): string[] {
  const firsts = new Map<string, number>();
  return rungs.flatMap(({ here, index, rung: { patienceMinutes, types, needs, ...rest } }) => {
    const asked = JSON.stringify([rest, needs, types && [...types].sort()], sorted);
    const first = firsts.get(asked);
    if (first !== undefined) return [`${here}: asks for the same as ladder[${first}]; remove one of them`];
    firsts.set(asked, index);
    return [];
  });
}

/** For JSON that is the same whatever the order of keys. */
const sorted = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** An image that nobody builds: machines could not start. */
function builtImageProblems(place: string, { machine: { image } }: PoolConfig, aws: AwsPart): string[] {
  const name =
    'parameter' in image && /^\/imagebuilder\/callsheet\/[^/]+\/([^/]+)$/.exec(image.parameter)?.[1];
  if (!name || typeof aws === 'string' || Object.hasOwn(aws.images, name)) return [];
  const meant = nearest(name, Object.keys(aws.images));
  const remedy = meant ? `did you mean '${meant}'?` : 'describe it there';
  return [`${place}.machine.image.parameter: '${name}' is not in aws.images; ${remedy}`];
}

/** Of Macs as well. */
function imageProblems(place: string, { machine, ladder }: PoolConfig): string[] {
  const { image } = machine;
  if (!('ids' in image)) return [];
  const lacking = new Map<string, number>();
  for (const [index, rung] of ladder.entries()) {
    if (rung.provider !== 'ec2' && rung.provider !== 'mac') continue;
    if (!Object.hasOwn(image.ids, rung.region) && !lacking.has(rung.region)) lacking.set(rung.region, index);
  }
  return [...lacking].map(
    ([region, index]) =>
      `${place}.machine.image.ids: lacks '${region}', which ladder[${index}] uses; add the image's id there`,
  );
}

/** A job can use whatever credentials its machine has. */
function trustProblems(place: string, { machine, trustedOnly }: PoolConfig): string[] {
  if (trustedOnly) return [];
  const remedy = 'every job could use its credentials; write trustedOnly: true in the pool';
  return [
    ...(machine.instanceProfile ? [`${place}.machine.instanceProfile: ${remedy}`] : []),
    ...(machine.sessionManager ? [`${place}.machine.sessionManager: takes a profile, and ${remedy}`] : []),
  ];
}

function lossProblems(place: string, { ladder, rerunLost }: PoolConfig): string[] {
  if (rerunLost === 0) return [];
  const spot = ladder.filter((rung) => rung.provider === 'ec2' && rung.market === 'spot');
  if (spot.length === 0) {
    return [`${place}.rerunLost: no rung is spot, so that no machine is taken back; remove it`];
  }
  return spot.length === ladder.length
    ? [`${place}.rerunLost: jobs are not run again on spot, and all rungs are; add one that is on demand`]
    : [];
}
