// What a job's log says first: where the job runs, and what its machine has. Pure.
import { parseOffering } from '../contract/offerings.ts';
import type { Config, PoolConfig } from '../policy/config.ts';
import { poolNamed } from '../policy/lookup.ts';
import { gpuOf, rungName } from '../policy/told.ts';
import type { Builder, MachineFacts } from '../scheduler/records.ts';

/** The hook prints them as one line of the log. */
const longest = 400;

/** One line of plain text without quotes and backslashes. */
export function notesOf(config: Config, builder: Builder): string {
  const pool = poolNamed(config, builder.pool);
  const rung = pool ? rungName(pool, builder.rung) : String(builder.rung + 1);
  const { gpus = [] } = builder.machine ?? {};
  const parts = [
    `Callsheet builder ${builder.id} of pool ${builder.pool}, rung ${rung}${placeOf(builder)}.`,
    pool && gpus.length === 0 ? lackOf(pool, builder.rung) : '',
    builder.machine ? gpuFacts(builder.machine, pool?.containers ? 'In containers' : 'On it') : '',
  ];
  return parts.filter(Boolean).join(' ').slice(0, longest);
}

function placeOf({ offering = '' }: Builder): string {
  const got = parseOffering(offering);
  return got ? `: ${got.type} (${got.market}) in ${got.zone}` : '';
}

/** A rung without GPUs, where those before it have some. */
function lackOf(pool: PoolConfig, rung: number): string {
  const has = (index: number): boolean => {
    const found = pool.ladder[index];
    return found !== undefined && gpuOf(found) !== 'none';
  };
  const before = [...pool.ladder.keys()].slice(0, rung).filter(has);
  if (has(rung) || before.length === 0) return '';
  const names = before.map((index) => rungName(pool, index)).join(', ');
  return `No GPU could be had (${names}): this machine has none; CALLSHEET_GPU=none.`;
}

/**
 * `2 x Tesla T4, 15360 MiB, driver 570.1, compute capability 7.5. In containers work: cuda, egl.` The agent
 * has tried it where jobs of the pool run: `where`.
 */
function gpuFacts({ gpus, features = [] }: MachineFacts, where: string): string {
  const names = gpus.map(({ name, driver, memoryMiB, computeCapability }) =>
    tame(`${name}, ${memoryMiB} MiB, driver ${driver}, compute capability ${computeCapability}`),
  );
  const kinds = [...new Set(names)].map((kind) => {
    const many = names.filter((name) => name === kind).length;
    return `${many} x ${kind}`;
  });
  if (kinds.length === 0) return '';
  const works = features.length > 0 ? ` ${where} work: ${features.map(tame).join(', ')}.` : '';
  return `${kinds.join('; ')}.${works}`;
}

/** A machine's own words: nothing that ends the line, or that a runner takes for a command. */
const tame = (words: string): string => words.replace(/[^\w .,()+/-]+/g, ' ').slice(0, 120);
