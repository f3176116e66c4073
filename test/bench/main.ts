// `npm run bench`: how fast and how frugal Callsheet is. Marks what is over its target, and exits with 0.
import { cpus, loadavg } from 'node:os';
import { benchCalls } from './calls.ts';
import { benchLaunch } from './launch.ts';
import { benchLoad } from './load.ts';
import { benchLocal } from './local.ts';
import { benchPlan } from './plan.ts';
import { benchReset } from './reset.ts';
import { benchHosts, benchLargeSweep, benchSweep } from './sweep.ts';
import { type Figure, section } from './table.ts';
import { benchWebhook } from './webhook.ts';

const loadRounds = 15;
const planBudgetMs = 3_000;

const parts: [title: string, bench: () => Figure[] | Promise<Figure[]>][] = [
  ['webhook (medians of fresh processes beside Node that answers 202)', benchWebhook],
  ['functions (medians of fresh processes beside bare Node)', () => benchLoad(loadRounds)],
  ['plan (medians of warm runs, CPU time)', () => benchPlan(planBudgetMs)],
  ['calls for 1 job (tokens and the runner download are cached)', () => benchCalls(1, 0)],
  ['calls for a matrix of 256 jobs, queued at once', () => benchCalls(256, 0)],
  ['calls for a matrix of 256 jobs, queued within five seconds', () => benchCalls(256, 5_000)],
  ['from webhook to StartBuild (bundles, AWS and GitHub on loopback)', () => benchLaunch('StartBuild')],
  ['from webhook to CreateFleet (bundles, AWS and GitHub on loopback)', () => benchLaunch('CreateFleet')],
  ['from webhook to AllocateHosts (bundles, AWS and GitHub on loopback)', () => benchLaunch('AllocateHosts')],
  ['from webhook to RunInstances on a host that is there (the same)', () => benchLaunch('RunInstances')],
  ['from `finished` to CreateReplaceRootVolumeTask (the same)', benchReset],
  ['a sweep of 1,000 builds and 1,000 jobs (bundle, AWS and GitHub on loopback)', benchSweep],
  ['a sweep of 5,000 machines of EC2 and 5,000 jobs (the same)', benchLargeSweep],
  ['a sweep of 50 hosts of Macs, each with a job (the same)', benchHosts],
  ['npm start, a warm service', benchLocal],
];

const load = loadavg()[0] ?? 0;
console.log(
  `Node ${process.version} on ${cpus().length} cores (${cpus()[0]?.model}), load ${load.toFixed(1)}`,
);
if (load > cpus().length) console.log('The machine is busy with other work: times are longer than they are.');
for (const [title, bench] of parts) for (const line of section(title, await bench())) console.log(line);
