// The secrets of a simulated world: each has words in it that may be nowhere but with those who need them.
import { builderSecret } from './codebuild/provider.ts';
import { webhookSecret } from './functions.ts';
import { secretMark } from './github/records.ts';

/** In tokens and runner configurations of GitHub, in what signs deliveries, and in what makes tickets. */
const marks = [secretMark, webhookSecret, builderSecret];

/** Is a secret somewhere in it? */
export function holdsSecret(what: unknown): boolean {
  const text = JSON.stringify(what) ?? '';
  return marks.some((mark) => text.includes(mark));
}
