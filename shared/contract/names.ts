// Names that cross borders: runner registrations, launches. Everything of
// ours carries the installation's name.

/** An installation's name: no hyphen, so that no installation's prefix is another's. */
export const installationPattern = /^[a-z][a-z0-9]{0,11}$/;

/** Names of pools and projects: short enough that a runner name fits GitHub's 64 characters. */
export const namePattern = /^[a-z][a-z0-9-]{0,19}$/;

/** All registrations of an installation begin with this. */
export const runnerPrefix = (installation: string): string => `callsheet-${installation}-`;

/** `callsheet-<installation>-<builder>-<turn>-<count>`, at most 64 characters (GitHub's limit). */
export function runnerName(installation: string, builder: string, turn: number, count: number): string {
  const name = `${runnerPrefix(installation)}${builder}-${turn}-${count}`;
  if (name.length > 64) throw new Error(`runner name longer than 64 characters: '${name}'`);
  return name;
}

/** The builder that a registration's name spells, or undefined when the name is not one of ours. */
export function builderOfRunner(installation: string, runner: string): string | undefined {
  const prefix = runnerPrefix(installation);
  if (!runner.startsWith(prefix)) return undefined;
  return /^(.+)-\d+-\d+$/.exec(runner.slice(prefix.length))?.[1];
}

/** The pool of a launch, whose id is `<pool>-<number>`; undefined when the text is no such id. */
export const poolOfLaunch = (launch: string): string | undefined =>
  /^([a-z][a-z0-9-]{0,19})-\d{1,12}$/.exec(launch)?.[1];

/** The tag on everything of ours in a cloud: its value is the installation's name. IAM conditions read it. */
export const installationTag = 'callsheet:installation';

/**
 * An admin's tag on what the reaper has to leave alone although nobody owns it, whatever its value. The next
 * receipt says so, and what it costs.
 */
export const protectTag = 'callsheet:protect';

/** All CodeBuild projects of an installation begin with this: a build is ours because its project is. */
export const projectPrefix = (installation: string): string => `callsheet-${installation}-`;

/** The CodeBuild project of one size of a pool: at most 18 + 40 of CodeBuild's 150 characters. */
export const projectName = (installation: string, pool: string, size: string): string =>
  `${projectPrefix(installation)}${pool}-${size}`;

/** Names of the SSM parameters that hold an installation's secrets, made by `npm run secrets`. */
export const secretNames = (installation: string) => ({
  /** The webhook's secret, or two while they are rotated: one on each line. */
  webhookSecrets: `/callsheet/${installation}/webhook-secrets`,
  /** The private key of the GitHub App, PEM. */
  appKey: `/callsheet/${installation}/app-key`,
  /** Makes the builders' tickets. */
  builderSecret: `/callsheet/${installation}/builder-secret`,
  /** Opens `/api`. */
  apiToken: `/callsheet/${installation}/api-token`,
});

/**
 * The SSM parameter, the same in each region, that names the newest of an image that is built for the
 * installation. Image Builder's own role may write parameters with this beginning, and no others.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSServiceRoleForImageBuilder.html
 */
export const imageParameter = (installation: string, image: string): string =>
  `/imagebuilder/callsheet/${installation}/${image}`;

/** Name of a stack, function, table or queue of the installation. */
export const resourceName = (installation: string, what: string): string =>
  `callsheet-${installation}-${what}`;

/** The pipeline of Image Builder that makes an image, and all that belongs to it. */
export const pipelineName = (installation: string, image: string): string =>
  resourceName(installation, `image-${image}`);
