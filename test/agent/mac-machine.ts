// A Mac as far as the agent sees it: what a fresh macOS has, nothing that it lacks, and tools that are BSD's.
import { mkdirSync, symlinkSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { programAt } from './programs.ts';
import { stubs } from './stubs.ts';

/** The user that runners run as here: the one of this process, since that needs no rights. */
export const macUser = userInfo();

/** Programs that do the same on both systems, for what the agent asks of them. */
const alike = 'chgrp chmod chown cp df env gzip id mkdir mkfifo od rm sleep tail tar test tr true'.split(' ');

/**
 * A PATH with these, the shell that comes first in `path`, the programs of a Mac, and `programs`, which lack
 * what is undefined. What the programs are asked for is written into `<root>/told`.
 */
export function macPath(root: string, path: string, programs: Record<string, string | undefined>): string {
  const folder = join(root, 'bin');
  mkdirSync(folder);
  symlinkSync(join(path.split(':')[0] ?? '', 'sh'), join(folder, 'sh'));
  for (const name of alike) symlinkSync(programAt(name) ?? '', join(folder, name));
  const all = Object.entries({ ...macPrograms(`${root}/told`), ...programs });
  const present = all.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]]));
  return stubs(root, folder, Object.fromEntries(present));
}

const refuse = `echo "\${0##*/}: illegal option -- $*" >&2; exit 64`;

const macPrograms = (told: string): Record<string, string> => ({
  cat: `case "$*" in */proc*) echo 'there is no /proc' >&2; exit 1 ;; esac\nexec ${programAt('cat')} "$@"`,
  date: `[ "$*" = +%s ] || { ${refuse}; }\nexec ${programAt('date')} +%s`,
  shasum: `[ "$1 $2" = '-a 256' ] || { ${refuse}; }\nexec ${programAt('sha256sum')} "$3"`,
  stat: `[ "$*" = '-f %Su /dev/console' ] || { ${refuse}; }\necho nobody-yet`,
  sw_vers: `[ "$*" = -productVersion ] || { ${refuse}; }\necho 15.6.1`,
  sysctl: `[ "$*" = '-n kern.boottime' ] || { ${refuse}; }
now=$(${programAt('date')} +%s)
echo "{ sec = $((now - 400)), usec = 123456 } Sat Nov 21 20:17:07 2026"`,
  system_profiler: `[ "$*" = '-timeout 20 SPDisplaysDataType' ] || { ${refuse}; }
printf 'Graphics/Displays:\\n\\n    Apple M1:\\n\\n      Metal Support: Metal 3\\n'`,
  uname: 'case $1 in -m) echo arm64 ;; *) echo Darwin ;; esac',
  sudo: `echo "sudo $*" >> '${told}'
case "$1 $2 $3 $5" in '-n -E -u --') shift 5 && exec "$@" ;; *) ${refuse} ;; esac`,
  launchctl: `echo "launchctl $*" >> '${told}'
[ "$1" = asuser ] || { ${refuse}; }
shift 2 && exec "$@"`,
  ps,
  ...Object.fromEntries(['shutdown', 'halt', 'reboot'].map((name) => [name, `echo ${name} >> '${told}'`])),
});

/** Right-aligned numbers, and lines that end early unless `ww` is said, as on a narrow terminal. */
const ps = `case $* in
  '-axo pid= -o ppid= -o pgid= -o stat=')
    for file in /proc/[0-9]*/stat; do
      { read -r line < "$file"; } 2> /dev/null || continue
      set -- \${line##*)}
      printf '%5d %5d %5d %-4s\\n' "\${line%% *}" "$2" "$3" "$1s"
    done ;;
  '-axww -o command=' | '-ax -o command=')
    most=40
    [ "$1" = -ax ] || most=9999
    for file in /proc/[0-9]*/cmdline; do
      printf "%.\${most}s\\n" "$(tr '\\000' ' ' < "$file" 2> /dev/null)"
    done 2> /dev/null ;;
  *) ${refuse} ;;
esac`;
