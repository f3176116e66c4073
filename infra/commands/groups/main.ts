// The command `groups`: the runner group of each project, and setting it.
import type { GitHubClient } from '../../../shared/github/call.ts';
import { appClient } from '../app.ts';
import { type Io, type Main, messageOf, optionsOf } from '../command.ts';
import { parametersOf } from '../secrets/parameters.ts';
import { table } from '../table.ts';
import { applyGroup } from './apply.ts';
import { type Comparison, compareGroup, type Wanted, wantedGroups } from './compare.ts';

const usage = `Usage: npm run groups -- [--apply] [--app-key <file>]

Shows the runner group of each project in its organization: whether it exists, for selected repositories only,
with public ones allowed, and for which. Exit code 1: one is not as it should be.

  --apply             makes and sets the groups; repositories that are not in the project lose access
  --app-key <file>    the App's private key; default: CALLSHEET_APP_KEY_FILE, then the SSM parameter`;

const options = {
  apply: { type: 'boolean' },
  'app-key': { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** One project's group, or why GitHub did not tell. */
type Look = Comparison | (Wanted & { why: string });

export const groups: Main = async (args, environment, io, config) => {
  const { help, apply = false, 'app-key': file } = optionsOf(args, options);
  if (help) {
    io.out(usage);
    return 0;
  }
  const wanted = wantedGroups(config);
  if (wanted.length === 0) {
    io.out('No project has a runner group: their runners register with each repository.');
    return 0;
  }
  const parameters = parametersOf(config.installation);
  const client = await appClient({ file, environment, parameters, config, warn: io.err });
  const looks: Look[] = [];
  for (const one of wanted) looks.push(await look(client, one));
  for (const line of table([heading, ...looks.map(rowOf)])) io.out(line);
  io.out('');
  for (const one of looks) tell(io, one);
  const open = looks.filter((one) => 'why' in one || one.differences.length > 0);
  if (open.length > 0 && !apply) io.out('To set this: npm run groups -- --apply');
  return (apply ? await applyAll(client, io, open) : open.length === 0) ? 0 : 1;
};

const look = (client: GitHubClient, wanted: Wanted): Promise<Look> =>
  compareGroup(client, wanted).catch((error: unknown) => ({ ...wanted, why: messageOf(error) }));

const heading = ['project', 'organization', 'group', 'exists', 'visibility', 'public', 'repositories'];

function rowOf(one: Look): string[] {
  const start = [one.project, one.organization, one.group];
  if ('why' in one) return [...start, '?', '?', '?', '?'];
  const { actual, repositories, missing, excess } = one;
  if (!actual) return [...start, 'no', '-', '-', '-'];
  const listed = `${repositories.length - missing.length} of ${repositories.length}`;
  const others = excess.length > 0 ? `, and ${excess.length} not the project's` : '';
  const { visibility, allowsPublic } = actual;
  return [...start, 'yes', visibility, allowsPublic ? 'yes' : 'no', listed + others];
}

function tell(io: Io, one: Look): void {
  const lines = 'why' in one ? [one.why] : [...one.differences, ...one.notes.map((note) => `note: ${note}`)];
  for (const line of lines.length > 0 ? lines : ['as it should be']) io.out(`${one.project}: ${line}`);
}

/** One group's failure leaves the others alone. Answers whether all are set. */
async function applyAll(client: GitHubClient, io: Io, looks: Look[]): Promise<boolean> {
  let allSet = true;
  for (const one of looks) {
    const isSet = 'why' in one ? false : await applyOne(client, io, one);
    allSet &&= isSet;
  }
  return allSet;
}

async function applyOne(client: GitHubClient, io: Io, comparison: Comparison): Promise<boolean> {
  try {
    await applyGroup(client, comparison);
    io.out(`${comparison.project}: set`);
    return true;
  } catch (error) {
    io.err(`${comparison.project}: not set: ${messageOf(error)}`);
    return false;
  }
}
