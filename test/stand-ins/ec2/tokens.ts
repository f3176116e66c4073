// Client tokens: one that is known is answered as it was then, or refused when it asks for something else.
import { refuse } from './refused.ts';

interface Tokened {
  ClientToken?: string | undefined;
}

/** Does `work` once for each token of a region. */
export function oncePerToken<I extends Tokened, A>(
  work: (region: string, input: Omit<I, 'ClientToken'>) => A,
): (region: string, input: I) => A {
  const known = new Map<string, { asked: string; answer: A }>();
  return (region, { ClientToken: token, ...input }) => {
    const key = `${region} ${token}`;
    const asked = JSON.stringify(input);
    const before = token === undefined ? undefined : known.get(key);
    if (before && before.asked !== asked)
      refuse(
        'IdempotentParameterMismatch',
        'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
      );
    const answer = before?.answer ?? work(region, input);
    if (token !== undefined) known.set(key, { asked, answer });
    return answer;
  };
}
