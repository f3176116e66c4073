// What the routes of a simulated GitHub are written with: parameters, pages, answers.
import * as z from 'zod/mini';
import type { Permissions } from '../../../shared/github/access.ts';
import type { Reply } from '../../../shared/github/reply.ts';

/** Who calls: the App, or one of its installations, with these rights. */
export interface Caller {
  account: string;
  permissions: Permissions;
}

export type Handler = (parameters: Record<string, unknown>, caller: Caller) => Reply;

/** By method and template. */
export type Routes = Record<string, Handler>;

export const ok = (body: unknown, status = 200): Reply => ({ status, headers: {}, body });

export const refuse = (status: number, message: string): Reply => ({
  status,
  headers: {},
  body: { message },
});

export const notFound = (): Reply => refuse(404, 'Not Found');

const word = z.pipe(z.union([z.string(), z.number(), z.bigint()]), z.transform(String));

/** A parameter that the route cannot be without, as text. */
export function wordOf(parameters: Record<string, unknown>, name: string): string {
  const read = z.safeParse(word, parameters[name]);
  if (!read.success) throw new Error(`a simulated route was called without '${name}'`);
  return read.data;
}

export const repositoryOf = (parameters: Record<string, unknown>): string =>
  `${wordOf(parameters, 'owner')}/${wordOf(parameters, 'repo')}`;

const paging = z.object({
  page: z._default(z.number(), 1),
  per_page: z._default(z.number().check(z.minimum(1), z.maximum(100)), 30),
});

/** The page that was asked for. Throws for one that GitHub has not: of more than 100. */
export function pageOf<T>(all: readonly T[], parameters: Record<string, unknown>): T[] {
  const { page, per_page: size } = z.parse(paging, parameters);
  return all.slice((page - 1) * size, page * size);
}

export const sizeOf = (parameters: Record<string, unknown>): number => z.parse(paging, parameters).per_page;
