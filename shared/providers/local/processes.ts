// Processes of this computer, from /proc: which are alive, which belong to a builder, and how they are ended.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process that cannot be mistaken for a later one with the same number. */
export interface Process {
  pid: number;
  /** When it started, in clock ticks since boot: field 22 of /proc/<pid>/stat. */
  start: string;
}

/** What /proc says under `name`, or undefined when the process is gone or not ours to look into. */
function proc<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** The process with this number, or undefined when there is none, or only a zombie. */
export function processOf(pid: number): Process | undefined {
  const stat = proc(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The program's name is in parentheses and may itself hold any character; field 3 follows.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state, start] = [fields[0], fields[19]];
  return start === undefined || state === 'Z' || state === 'X' ? undefined : { pid, start };
}

export const isAlive = (process: Process): boolean => processOf(process.pid)?.start === process.start;

/** Processes that carry the builder's folder as a mark in their environment, or work in it. */
export function processesOf(folder: string): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => processOf(Number(name)) ?? [])
    .filter(({ pid }) => carries(pid, `CALLSHEET_MARK=${folder}`) || worksIn(pid, folder));
}

function carries(pid: number, mark: string): boolean {
  const environment = proc(() => readFileSync(`/proc/${pid}/environ`, 'latin1'));
  return environment?.split('\0').includes(mark) ?? false;
}

function worksIn(pid: number, folder: string): boolean {
  const at = proc(() => readlinkSync(`/proc/${pid}/cwd`));
  return at === folder || (at?.startsWith(`${folder}/`) ?? false);
}

/** Signals a process, or its whole group, if it is still the one that is meant. Gone is success. */
export function signal(target: Process, name: 'SIGTERM' | 'SIGKILL', whom: 'one' | 'group' = 'one'): void {
  if (isAlive(target)) proc(() => process.kill(whom === 'group' ? -target.pid : target.pid, name));
}
