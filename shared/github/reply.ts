// What GitHub answers to a call, and how a clear no is told from an answer that says nothing.
import * as z from 'zod/mini';
import { Doubt } from '../scheduler/ports.ts';

/** An HTTP answer as it came. Header names are in lower case. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

/** GitHub refuses the call, not because of a rate limit. `words` are GitHub's, at most 200 characters. */
export interface Refusal {
  kind: 'refused';
  route: string;
  status: number;
  words: string;
}

/** There is no token for the call: the App is not installed there, is suspended, or lacks a permission. */
export interface NoAccess {
  kind: 'no-access';
  why: string;
}

/** `cursor`: where the next page begins, in lists that have cursors. */
export type Answer<T> = { kind: 'ok'; body: T; cursor?: string | undefined } | Refusal | NoAccess;

/** An id: large ones come as bigint, and no digit may be lost. */
export const id = z.pipe(z.union([z.number(), z.bigint()]), z.transform(String));

/** ISO 8601 as milliseconds since 1970. */
export const time = z.pipe(
  z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text)))),
  z.transform((text) => Date.parse(text)),
);

/** For calls whose answer has nothing that is used. */
export const nothing = z.unknown();

/** Throws `Doubt` when the body is not what the documentation says. */
export function answerOf<T>(call: { route: string; body: z.ZodMiniType<T> }, reply: Reply): Answer<T> {
  const { route } = call;
  const { status } = reply;
  if (status >= 400) return { kind: 'refused', route, status, words: wordsOf(reply.body) };
  const read = z.safeParse(call.body, reply.body);
  if (read.success) return { kind: 'ok', body: read.data, cursor: cursorOf(reply.headers.link) };
  const field = read.error.issues[0]?.path.join('.');
  throw new Doubt(`${route}: cannot read GitHub's answer (status ${status}, field '${field}')`);
}

/** The body of a yes. Throws `Doubt` for a no of which the caller makes nothing. */
export function bodyOf<T>(answer: Answer<T>): T {
  if (answer.kind === 'ok') return answer.body;
  throw new Doubt(whyOf(answer));
}

/** The body of a yes, undefined for 404. To have no access is no 404: it proves nothing. */
export const bodyIfFound = <T>(answer: Answer<T>): T | undefined =>
  isRefused(answer, 404) ? undefined : bodyOf(answer);

export const isRefused = (answer: Answer<unknown>, ...statuses: number[]): boolean =>
  answer.kind === 'refused' && statuses.includes(answer.status);

/** Why it is a no, in words for people. */
export const whyOf = (no: Refusal | NoAccess): string =>
  no.kind === 'refused'
    ? `GitHub answered ${no.status} to ${no.route}${no.words && `: ${no.words}`}`
    : no.why;

const detail = z.union([
  z.string(),
  z.pipe(
    z.object({ message: z.string() }),
    z.transform(({ message }) => message),
  ),
]);
const complaint = z.object({ message: z.string(), errors: z.catch(z.array(detail), []) });

/** What the body of an error says, or nothing. */
export function wordsOf(body: unknown): string {
  const read = z.safeParse(complaint, body);
  return read.success ? tame([read.data.message, ...read.data.errors].join(': ')) : '';
}

/** One line of at most 200 characters without anything like a token: proxies echo what they got. */
export const tame = (text: string): string =>
  text
    .replace(/\b(gh[a-z]_|github_pat_|eyJ)[\w.~+/=-]+/g, '***')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 200);

const cursorOf = (link: string | undefined): string | undefined => {
  const cursor = /[?&]cursor=([^&>]+)[^>]*>;\s*rel="next"/.exec(link ?? '')?.[1];
  return cursor && decodeURIComponent(cursor);
};
