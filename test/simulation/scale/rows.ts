// The table of the worlds of scale: a column for each world, a row for each figure.
import type { Figures, Spread } from './figures.ts';
import { gitHubLimits, partitionLimits } from './limits.ts';

const grouped = (value: number): string =>
  value >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const minutes = (value: number): string => `${value.toFixed(1)} min`;

const spread = ({ median, most95, most99, longest }: Spread, unit: (value: number) => string): string =>
  [median, most95, most99, longest].map(unit).join(', ');

const names: Record<Figures['shape'], string> = { day: 'a day', burst: 'in a minute', plateau: 'long ones' };

const dollars = (value: number): string => (value < 0.1 ? value.toFixed(3) : value.toFixed(2));

const total = (values: Record<string, number>): number =>
  Object.values(values).reduce((sum, one) => sum + one, 0);

const share = (value: number, limit: number): string => `${Math.round((value / limit) * 100)} %`;

type Row = readonly [name: string, cell: (figures: Figures) => string];

const rows: readonly Row[] = [
  ['machines started, at most at once', (one) => `${grouped(one.machines)}, ${grouped(one.mostLive)}`],
  ['calls a job: DynamoDB', ({ calls }) => grouped(calls.DynamoDB ?? 0)],
  ['calls a job: SQS', ({ calls }) => grouped(calls.SQS ?? 0)],
  ['calls a job: EC2', ({ calls }) => grouped(calls.EC2 ?? 0)],
  ['calls a job: GitHub', ({ calls }) => grouped(calls.GitHub ?? 0)],
  ['read and write units a job', ({ units }) => `${grouped(units.read)}, ${grouped(units.write)}`],
  ['queued for: median, 95 %, 99 %, longest', ({ queue }) => spread(queue, minutes)],
  ['a pass: median, 95 %, 99 %, longest', ({ passes }) => spread(passes.ms, seconds)],
  ['items that a pass reads', ({ passes }) => grouped(passes.items)],
  ['a sweep: median, 95 %, 99 %, longest', ({ sweeps }) => spread(sweeps.ms, seconds)],
  [
    'GitHub, worst hour of an installation: share of its calls',
    ({ gitHub }) => share(gitHub.coreHour, gitHubLimits.coreHour),
  ],
  [
    'share of its registrations in an hour, in a minute',
    ({ gitHub: { jitHour, jitMinute } }) =>
      `${share(jitHour, gitHubLimits.jitHour)}, ${share(jitMinute, gitHubLimits.jitMinute)}`,
  ],
  [
    'share of the calls of the App itself in an hour',
    ({ gitHub }) => share(gitHub.appHour, gitHubLimits.coreHour),
  ],
  [
    'worst second of a pool: share of its reads, of its writes',
    ({ worst }) =>
      `${share(worst.poolRead, partitionLimits.read)}, ${share(worst.poolWrite, partitionLimits.write)}`,
  ],
  [
    'worst second of what all share: reads, writes',
    ({ worst }) =>
      `${share(worst.sharedRead, partitionLimits.read)}, ${share(worst.sharedWrite, partitionLimits.write)}`,
  ],
  ['largest item that all share, of 400 kB', ({ sharedBytes }) => `${Math.round(sharedBytes / 1024)} kB`],
  ['functions at once', ({ functionsAtOnce }) => grouped(functionsAtOnce)],
  ['requests that API Gateway refused', ({ refused }) => grouped(total(refused))],
  ['own CPU a job', ({ ownCpuMs }) => `${grouped(ownCpuMs)} ms`],
  ['control plane, USD for 1,000 jobs', ({ usd }) => dollars(total(usd))],
  ['  DynamoDB', ({ usd }) => dollars(usd.DynamoDB ?? 0)],
  ['  Lambda', ({ usd }) => dollars(usd.Lambda ?? 0)],
  ['  HTTP API', ({ usd }) => dollars(usd['HTTP API'] ?? 0)],
  ['  SQS, logs', ({ usd }) => dollars((usd.SQS ?? 0) + (usd.Logs ?? 0))],
];

export const rowsOf = (all: readonly Figures[]): string[][] => [
  ['jobs', ...all.map(({ jobs, shape }) => `${grouped(jobs)} ${names[shape]}`)],
  ...rows.map(([name, cell]) => [name, ...all.map(cell)]),
];

/** The same as README shows it. */
export function markdownOf(all: readonly Figures[]): string {
  const [head = [], ...body] = rowsOf(all);
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'));
  return [head, rule, ...body]
    .map((cells) => `| ${cells.map((cell) => cell.trim()).join(' | ')} |`)
    .join('\n');
}
