// The command `reap`: one sweep that changes nothing, and all that it decides, with the reasons.
import { resourceName } from '../../../shared/contract/names.ts';
import { awsReads, gitHubReads } from '../../../shared/runtime/aws/reads.ts';
import { type Reads, reachTables, rehearse } from '../../../shared/runtime/dry-run/rehearsal.ts';
import { appClient } from '../app.ts';
import { askAws } from '../aws.ts';
import { type Main, optionsOf, Unavailable, UsageError } from '../command.ts';
import { parametersOf } from '../secrets/parameters.ts';
import { jsonOf, linesOf } from './lines.ts';

const usage = `Usage: npm run reap -- --dry-run [--all | --json] [--app-key <file>]

Sweeps once as the reaper would now, and says what it decides about each thing, and why. Nothing is changed:
no machine ends, no record is written, nobody is rung. It asks AWS and GitHub as much as one sweep does.
Exit code 1: the sweep meets a problem.

  --dry-run           must be there: sweeps that act run by themselves, each minute
  --all               shows also what is left as it is, and each write
  --json              everything, for programs
  --app-key <file>    the App's private key; default: CALLSHEET_APP_KEY_FILE, then the SSM parameter`;

const options = {
  'dry-run': { type: 'boolean' },
  all: { type: 'boolean' },
  json: { type: 'boolean' },
  'app-key': { type: 'string' },
  help: { type: 'boolean' },
} as const;

export const reap: Main = async (args, environment, io, config) => {
  const { help, 'dry-run': isDry, all = false, json, 'app-key': file } = optionsOf(args, options);
  if (help) {
    io.out(usage);
    return 0;
  }
  const { installation } = config;
  if (!isDry) throw new UsageError(sweepsByItself(installation));
  const aws = await askAws('dynamodb:Query', () => reached(installation, awsReads(config)));
  const parameters = parametersOf(installation);
  const client = await appClient({ file, environment, parameters, config, warn: io.err });
  const rehearsal = await rehearse({ ...aws, github: gitHubReads(client, config) });
  if (json) io.out(jsonOf(installation, rehearsal));
  else for (const line of linesOf(installation, rehearsal, all)) io.out(line);
  return rehearsal.report.problems.length === 0 ? 0 : 1;
};

const sweepsByItself = (installation: string): string =>
  'sweeps run by themselves, each minute: --dry-run shows what the next one would do, and ' +
  `aws lambda invoke --function-name ${resourceName(installation, 'reaper')} /dev/stdout runs one now`;

type Aws = Omit<Reads, 'github'>;

/** Throws what AWS throws, or `Unavailable` where there are no such tables. */
async function reached(installation: string, reads: Promise<Aws>): Promise<Aws> {
  const aws = await reads;
  await reachTables(aws).catch((error: unknown) => {
    if (!(error instanceof Error && error.name === 'ResourceNotFoundException')) throw error;
    const what = `the tables of '${installation}' are not in this account and region`;
    throw new Unavailable(what, 'deploy it, or take the credentials of the account that has it');
  });
  return aws;
}
