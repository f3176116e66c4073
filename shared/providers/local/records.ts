// What the provider `local` writes down in `.launches`, so that it finds its builders again after a restart.
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';

const started = z.object({
  pid: z.number(),
  start: z.string(),
  /** Milliseconds since 1970. */
  at: z.number(),
});
export type Started = z.infer<typeof started>;

/** The folder of the records, inside the provider's folder: hidden, since it is no builder's. */
const recordsFolder = '.launches';

/** The builder's id. Throws when it is longer than the 40 characters that the claim protocol allows. */
export function builderId(launch: string, index: number): string {
  const id = `local-${launch}-${index}`;
  if (id.length > 40) throw new Error(`the builder's name '${id}' is too long: give its pool a shorter one`);
  return id;
}

/** The launch's name in a builder's id, or undefined when the id is not one of ours. */
export const launchOf = (builder: string): string | undefined =>
  /^local-([a-z][a-z0-9-]*-\d+)-\d+$/.exec(builder)?.[1];

/** True: the call made what it was about; false: it was there already. */
function unlessThere(make: () => void): boolean {
  try {
    make();
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** What a read answers, or undefined when the file or folder does not exist. Every other error is thrown. */
export function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined);

export type Records = ReturnType<typeof records>;

/** `<folder>/.launches/<launch>/request`, and beside it one file for each builder that was started. */
export function records(folder: string) {
  const launches = join(folder, recordsFolder);
  const fileOf = (builder: string) => join(launches, launchOf(builder) ?? 'none', builder);
  const requestOf = (launch: string) => join(launches, launch, 'request');

  /** Writes a file all at once: after a crash it is whole or absent. */
  function write(file: string, text: string): boolean {
    const draft = `${file}.${process.pid}.draft`;
    writeFileSync(draft, text, { mode: 0o600 });
    const written = unlessThere(() => linkSync(draft, file));
    rmSync(draft);
    return written;
  }

  return {
    /** Keeps the request of a launch. Answers false when the launch was asked before with another one. */
    keep(launch: string, request: string): boolean {
      mkdirSync(join(launches, launch), { recursive: true, mode: 0o700 });
      return write(requestOf(launch), request) || readFileSync(requestOf(launch), 'utf8') === request;
    },

    /** Was this launch asked of us? */
    knows: (launch: string | undefined): boolean =>
      launch !== undefined && ifThere(() => statSync(requestOf(launch))) !== undefined,

    /** The builder as it was started, or undefined if it never was. Throws when the record is broken. */
    started(builder: string): Started | undefined {
      const text = ifThere(() => readFileSync(fileOf(builder), 'utf8'));
      return text === undefined ? undefined : z.parse(started, JSON.parse(text));
    },

    save(builder: string, as: Started): void {
      write(fileOf(builder), JSON.stringify(as));
    },

    /** Ids of the builders of a launch that were started, in their order. */
    of: (launch: string): string[] =>
      readdirSync(join(launches, launch))
        .filter((name) => launchOf(name) === launch)
        .sort((a, b) => Number(a.split('-').at(-1)) - Number(b.split('-').at(-1))),
  };
}

/** Forgets launches that were asked before `time`, if no builder of theirs is left in `folder`. */
export function prune(folder: string, time: number): void {
  const left = new Set(readdirSync(folder).map(launchOf));
  const launches = join(folder, recordsFolder);
  for (const launch of ifThere(() => readdirSync(launches)) ?? []) {
    const asked = ifThere(() => statSync(join(launches, launch, 'request')).mtimeMs) ?? 0;
    const isOver = asked < time && !left.has(launch);
    if (isOver) rmSync(join(launches, launch), { recursive: true, force: true });
  }
}
