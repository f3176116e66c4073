// Calls to AWS with the SDK's own chain of credentials, and their errors in words for people.
import { Problem, Unavailable } from './command.ts';

/** Makes a call, named as IAM names it (`ssm:GetParameters`). Throws `Problem`, or `Unavailable`. */
export async function askAws<T>(action: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw problemOf(action, error);
  }
}

const signIn = 'sign in, and set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';

/** AWS's own words are left out: those about a parameter may quote its value. */
function problemOf(action: string, error: unknown): Problem {
  if (error instanceof Problem) return error;
  const name = error instanceof Error ? error.name : 'an unknown error';
  if (/^(Credentials|Token)ProviderError$/.test(name)) return new Unavailable('no AWS credentials', signIn);
  if (error instanceof Error && /^region (is missing|not accepted)/i.test(error.message))
    return new Unavailable('no AWS region', 'set AWS_REGION, or a region in the profile');
  if (/^(AccessDenied|UnauthorizedOperation)/.test(name)) {
    return new Unavailable(`these AWS credentials may not do ${action}`, 'take a role that may');
  }
  if (/ExpiredToken|UnrecognizedClient|InvalidClientTokenId|Signature|AuthFailure/.test(name)) {
    return new Unavailable(`AWS does not accept these credentials (${name})`, signIn);
  }
  return new Problem(`${action}: AWS did not do it (${codeOf(error) ?? name})`);
}

/** Of a connection that failed: `ECONNREFUSED`. */
const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
