// Names that cross borders: runner registrations, launches. Everything of ours carries the installation's name.

/** An installation's name: no hyphen, so that no installation's prefix is another's (invariant 11). */
export const installationPattern = /^[a-z][a-z0-9]{0,11}$/;

/** Names of pools and projects. */
export const namePattern = /^[a-z][a-z0-9-]{0,31}$/;

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

/** A launch's name outside its pool's partition: the tag on machines, and what an agent says of itself. */
export const launchName = (pool: string, id: string): string => `${pool}-${id}`;

/** The inverse of `launchName`, or undefined. */
export function parseLaunchName(name: string): { pool: string; id: string } | undefined {
  const match = /^([a-z][a-z0-9-]{0,31})-(\d{1,12})$/.exec(name);
  return match?.[1] && match[2] ? { pool: match[1], id: match[2] } : undefined;
}
