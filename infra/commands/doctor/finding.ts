// What a check finds, and what the checks work with.
import type { GitHubClient } from '../../../shared/github/call.ts';
import type { Config } from '../../../shared/policy/schema.ts';
import { messageOf, Unavailable } from '../command.ts';
import type { SecretState } from '../secrets/forms.ts';

/** `skipped`: it could not be asked. Only `fail` makes the doctor's exit code 1. */
export type State = 'ok' | 'warn' | 'fail' | 'skipped';

/** Words for people: never a secret. `remedy`: what to do, unless all is well. */
export interface Finding {
  check: string;
  state: State;
  found: string;
  remedy?: string;
}

/** What checks may ask. All loads throw `Unavailable` when there is nothing to ask with. */
export interface Scene {
  config: Config;
  /** Where GitHub's API is. */
  gitHubUrl: string;
  gitHub(): Promise<GitHubClient>;
  secrets(): Promise<SecretState[]>;
  /** Where the webhook is deployed. */
  webhookUrl(): Promise<URL>;
}

/** `name` stands for the check when it throws. */
export interface Check {
  name: string;
  run(scene: Scene): Promise<Finding[]>;
}

export const ok = (check: string, found: string): Finding => ({ check, state: 'ok', found });
export const warn = (check: string, found: string, remedy: string): Finding => ({
  check,
  state: 'warn',
  found,
  remedy,
});
export const fail = (check: string, found: string, remedy: string): Finding => ({
  check,
  state: 'fail',
  found,
  remedy,
});
export const skipped = (check: string, found: string, remedy: string): Finding => ({
  check,
  state: 'skipped',
  found,
  remedy,
});

/** Runs part of a check by itself: what it throws is a finding, and the rest goes on. */
export async function isolated(name: string, run: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Unavailable) return [skipped(name, error.what, error.remedy)];
    return [{ check: name, state: 'fail', found: messageOf(error) }];
  }
}
