// The command `doctor`: all checks, each by itself, and the table of what they found.
import { appClient } from '../app.ts';
import { type Main, once, optionsOf, UsageError } from '../command.ts';
import { readSecrets } from '../secrets/forms.ts';
import { parametersOf } from '../secrets/parameters.ts';
import { table } from '../table.ts';
import { app, forkApproval, installations, repositories } from './app.ts';
import { clock } from './clock.ts';
import { diskKeys } from './disk-keys.ts';
import { type Check, type Finding, isolated, type Scene } from './finding.ts';
import { cloudRungs, labels, largerRunners, runnerGroups } from './groups.ts';
import { hosts } from './hosts.ts';
import { machineImages } from './images.ts';
import { hostQuotas, macZones } from './macs.ts';
import { quotas } from './quotas.ts';
import { receipts } from './receipts.ts';
import { subnets, templates, zones } from './regions.ts';
import { storedSecrets } from './secrets.ts';
import { spotRole } from './spot-role.ts';
import { stackOutput } from './stack.ts';
import { machineQuotas } from './vcpus.ts';
import { deliveries, webhookAddress, webhookAnswers, webhookSettings } from './webhook.ts';

const usage = `Usage: npm run doctor -- [--url <webhook>] [--app-key <file>]

Checks what usually goes wrong before the first job. Exit code 1: a check fails. What cannot be asked, for
instance without AWS credentials, is skipped.

  --url <webhook>     where the webhook is; default: the output WebhookUrl of the deployed stack
  --app-key <file>    the App's private key; default: CALLSHEET_APP_KEY_FILE, then the SSM parameter`;

const options = {
  url: { type: 'string' },
  'app-key': { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** In the order of the table. */
const checks: readonly Check[] = [
  clock,
  app,
  installations,
  repositories,
  runnerGroups,
  forkApproval,
  labels,
  largerRunners,
  cloudRungs,
  storedSecrets,
  webhookSettings,
  webhookAnswers,
  deliveries,
  receipts,
  quotas,
  machineQuotas,
  hostQuotas,
  zones,
  macZones,
  subnets,
  machineImages,
  templates,
  hosts,
  diskKeys,
  spotRole,
];

export const doctor: Main = async (args, environment, io, config) => {
  const { help, url, 'app-key': file } = optionsOf(args, options);
  if (help) {
    io.out(usage);
    return 0;
  }
  const address = url === undefined ? undefined : addressOf(url);
  const { installation } = config;
  const parameters = parametersOf(installation);
  const scene: Scene = {
    config,
    gitHubUrl: environment.GITHUB_API_URL ?? 'https://api.github.com',
    gitHub: once(() => appClient({ file, environment, parameters, config, warn: io.err })),
    secrets: once(() => readSecrets(parameters, installation)),
    webhookUrl: once(async () => address ?? new URL(await stackOutput(installation, 'WebhookUrl'))),
  };
  if (file ?? environment.CALLSHEET_APP_KEY_FILE) await scene.gitHub();
  const findings = await Promise.all(checks.map(({ name, run }) => isolated(name, () => run(scene))));
  const all = findings.flat();
  for (const line of table([['state', 'check', 'found'], ...rowsOf(all)])) io.out(line);
  const failed = all.filter(({ state }) => state === 'fail').length;
  io.out('');
  io.out(failed === 0 ? 'No check fails.' : `${failed} of ${all.length} checks fail.`);
  return failed === 0 ? 0 : 1;
};

/** A remedy stands under what was found; that of what is skipped only once, since much lacks the same. */
function rowsOf(findings: Finding[]): string[][] {
  const told = new Set<string>();
  return findings.flatMap(({ check, state, found, remedy }) => {
    const isTold = remedy === undefined || (state === 'skipped' && told.has(remedy));
    if (remedy !== undefined) told.add(remedy);
    return [[state, check, found], ...(isTold ? [] : [['', '', `-> ${remedy}`]])];
  });
}

function addressOf(url: string): URL {
  const address = webhookAddress(url);
  if (!address) throw new UsageError(`--url takes an address as https://…/github/webhooks, not '${url}'`);
  return address;
}
