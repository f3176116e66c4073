// What every admin command has: its options, where it writes, its errors in one line, its exit code.
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import type { Config } from '../../shared/policy/schema.ts';

/** Where a command writes, line by line. */
export interface Io {
  out(line: string): void;
  err(line: string): void;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Answers the exit code: 0 all is well, 1 something is not. A wrong command line (`UsageError`) is 2. */
export type Main = (args: string[], environment: Environment, io: Io, config: Config) => Promise<number>;

/** The command line is wrong. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Something is not as it must be. The message is one line for people: what, and the remedy; no secret. */
export class Problem extends Error {
  override name: string = 'Problem';
}

/** Something could not be asked, so that nothing is known about it. */
export class Unavailable extends Problem {
  override name = 'Unavailable';
  readonly what: string;
  readonly remedy: string;
  constructor(what: string, remedy: string) {
    super(`${what}: ${remedy}`);
    this.what = what;
    this.remedy = remedy;
  }
}

/** Reads the options, strictly. Throws `UsageError`. */
export function optionsOf<T extends ParseArgsOptionsConfig>(args: string[], options: T) {
  try {
    return parseArgs({ args, options, strict: true }).values;
  } catch (error) {
    throw new UsageError(messageOf(error).split('. ')[0]);
  }
}

/** The value as one of `choices`. Throws `UsageError`. */
export function chosen<T extends string>(option: string, value: string, choices: readonly T[]): T {
  const choice = choices.find((one) => one === value);
  if (choice === undefined) throw new UsageError(`${option} takes ${choices.join(' or ')}, not '${value}'`);
  return choice;
}

/**
 * Runs a command with the arguments of this process, which ends with its exit code. It asks AWS in the region
 * where the configuration has the control plane, else where the AWS CLI would.
 */
export async function runCommand(main: Main): Promise<void> {
  const io: Io = { out: (line) => console.log(line), err: (line) => console.error(line) };
  // Loaded here, so that mistakes in it are told in lines.
  const config = async (): Promise<Config> => {
    const { config } = await import('../../shared/runtime/config.ts');
    if (config.aws) process.env.AWS_REGION = config.aws.region;
    return config;
  };
  process.exitCode = await perform(main, process.argv.slice(2), process.env, io, config);
}

/** The exit code of a command. What it throws is told in lines, without a stack. */
export async function perform(
  main: Main,
  args: string[],
  environment: Environment,
  io: Io,
  loadConfig: () => Promise<Config>,
): Promise<number> {
  try {
    return await main(args, environment, io, await loadConfig());
  } catch (error) {
    io.err(`callsheet: ${messageOf(error)}`);
    if (!(error instanceof UsageError)) return 1;
    io.err('See --help.');
    return 2;
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What `load` answered or threw at the first call, at every call. */
export function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= load();
    return loading;
  };
}
