// A mutant: a bug that is planted into Callsheet by one change, and what has to catch it.
import { Problem } from '../../infra/commands/command.ts';
import type { World } from './worlds.ts';

/** Where the design says it: an invariant of its section 3, a rule of its section 4, or another section. */
export type Broken = `invariant ${number}` | `rule ${number}` | `section ${number}` | 'the reaper';

export interface Mutant {
  /** In words with hyphens. */
  name: string;
  breaks: Broken;
  /** From the root of the repository. */
  file: string;
  /** Stands there exactly once, and is replaced by `to`. */
  from: string;
  to: string;
  catcher: Catcher;
}

/**
 * Worlds, the first that breaks something says that it is caught; or a file of tests, where no world can see
 * it: since another rule hides it, or since it takes more than worlds have.
 */
export type Catcher = { worlds: readonly World[] } | { tests: string };

/** The text with the bug. Throws when the mutant does not fit it. */
export function mutated({ name, file, from, to }: Mutant, text: string): string {
  const times = text.split(from).length - 1;
  if (times === 1) return text.replace(from, () => to);
  const remedy = 'change the mutant as the code was changed';
  throw new Problem(`mutant ${name}: ${file} has its text ${times} times instead of once: ${remedy}`);
}
