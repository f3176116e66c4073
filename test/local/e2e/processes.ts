// The processes of builders as the computer itself shows them, and their sudden end.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Found {
  pid: number;
  /** Number of its process group. An agent leads its own. */
  group: number;
  builder: string;
}

/** All that runs on behalf of builders whose homes lie in the folder. */
export const processesIn = (folder: string): Found[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => found(Number(name), folder) ?? []);

/** Kills a builder's whole process group without notice. Throws when it has no process. */
export function killBuilder(folder: string, builder: string): void {
  const agent = processesIn(folder).find((one) => one.builder === builder && one.pid === one.group);
  if (!agent) throw new Error(`builder ${builder} has no process that could be killed`);
  process.kill(-agent.group, 'SIGKILL');
}

function found(pid: number, folder: string): Found | undefined {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
    const at = readlinkSync(`/proc/${pid}/cwd`);
    const builder = /(?:^|\0)CALLSHEET_BUILDER=([^\0]+)/.exec(environment)?.[1];
    if (!builder || !(environment.includes(folder) || at.startsWith(folder))) return undefined;
    return { pid, group: groupOf(pid), builder };
  } catch {
    return undefined; // It has ended, or is not ours to look into.
  }
}

/** Field 5 of /proc/<pid>/stat. The second one is the program's name in parentheses, and holds anything. */
function groupOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}
