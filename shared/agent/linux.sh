#!/bin/sh
# What the agent needs of a system, on Linux: its processes, checksums, and programs for other users.
system() { echo linux; }
checksum() { sha256sum "$1"; }
# The machine ends with its agent ($stays is empty), so that it has one job, and no epoch.
stays=''
epoch() { :; }

# Prints a line for each living process: its number, its parent's and its session's.
# https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
processes() (
  set -f && IFS='
'
  for value in $(set +f && cat /proc/[0-9]*/stat 2> /dev/null); do # <pid> (<program>) <state> <parent> …
    pid=${value%% *} value=${value##*) }
    state=${value%% *} value=${value#* }
    [ "$state" = Z ] || { parent=${value%% *} value=${value#* * } && echo "$pid $parent ${value%% *}"; }
  done
)
# Prints the arguments of all processes, each on a line.
all_arguments() { cat /proc/[0-9]*/cmdline 2> /dev/null | tr '\000' '\n'; }

# find_become <user> <number> <number of its group>: sets $become to what starts a program as that user.
# Fails, and prints why, when nothing does.
find_become() {
  for become in "setpriv --reuid=$2 --regid=$3 --init-groups" "runuser -u $1 --" ''; do
    $become true 2> /dev/null && break
  done
  [ -n "$become" ] || { echo "neither setpriv nor runuser can start a program as '$1'"; return 1; }
}
