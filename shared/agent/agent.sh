#!/bin/sh
# The Callsheet agent: runs on a builder, asks Callsheet for work, runs one GitHub Actions job, and ends.
# It needs sh, curl, tar, what POSIX has, and its platform's files beside it, and reads from the environment:
#   CALLSHEET_URL           where Callsheet listens: https://…, or http://127.0.0.1:… on one computer
#   CALLSHEET_BUILDER       the name of this builder
#   CALLSHEET_LAUNCH        the launch that started it, <pool>-<number>
#   CALLSHEET_PLATFORM      what it runs on, local, codebuild, ec2 or mac: platform-<name>.sh
#   CALLSHEET_HOME          a folder of its own
#   CALLSHEET_TICKET        the proof of who it is, good until it has work, where the platform has no other
#   CALLSHEET_RUNNER_CACHE  optional: a folder with archives of the runner program, <sha256>.tar.gz
#   CALLSHEET_PACE          optional: all waits are divided by this whole number
# Its secrets, the ticket and a key, live in files that only this user can read, never in an environment or
# in a program's arguments; the ticket is gone before the runner starts. An unexpected answer is no answer.
set -u
umask 077
version=1
say() { printf 'callsheet: %s\n' "$*"; }

# ---- First of all the ticket leaves the environment, then the settings are looked at.
# A variable that the environment already has would be handed on to the runner, with our value in it.
unset answer body key part rest value
home=$(cd -P "${CALLSHEET_HOME:-/nowhere}" && pwd -P) || exit 2
if [ -n "${CALLSHEET_TICKET:-}" ]; then
  printf '%s\n' "$CALLSHEET_TICKET" > "$home/ticket" || exit 2
  unset CALLSHEET_TICKET
  exec sh "$0" # Begins anew: /proc shows the environment that a program was started with, whatever it unsets.
fi
is_web() { case $1 in https://?* | http://127.0.0.1:?*) ;; *) return 1 ;; esac; }
unfit() { say "cannot start: $1"; exit 2; }
case $home in *[!A-Za-z0-9_./-]*) unfit 'CALLSHEET_HOME may only hold letters, digits and _ . / -' ;; esac
is_web "${CALLSHEET_URL:-}" || unfit 'CALLSHEET_URL must begin with https:// or http://127.0.0.1:'
case ${CALLSHEET_BUILDER:-?} in *[!a-z0-9-]*) unfit 'CALLSHEET_BUILDER must be made of a-z, 0-9 and -' ;; esac
case ${CALLSHEET_LAUNCH:-?} in *[!a-z0-9-]*) unfit 'CALLSHEET_LAUNCH must be made of a-z, 0-9 and -' ;; esac
platform=${CALLSHEET_PLATFORM:-}
case $platform in local | codebuild | ec2 | mac) ;; *) unfit 'CALLSHEET_PLATFORM is none of ours' ;; esac
pace=${CALLSHEET_PACE:-1}
case $pace in 0* | *[!0-9]*) unfit 'CALLSHEET_PACE must be a whole number from 1' ;; esac
hurry=$((pace < 100 ? 1 : 5)) # Divides the time limits of answers: a busy computer is no lost answer.

# ---- The platform: all that differs between kinds of machines. Its file defines `proof`, which prints what
# says which machine speaks; `health_check`, which fails, and prints why, when the machine is not fit to work;
# `facts`, which prints what it is, as JSON; `as_runner`, which runs a program as the user of the runner;
# `hand_over`, which gives files of our folder to that user only; `power_off`; and what linux.sh has.
# shellcheck source=/dev/null
. "${0%/*}/platform-$platform.sh"
# Fails, and says so, when a program is missing.
needs() {
  for part; do command -v "$part" > /dev/null || { echo "the program '$part' is missing"; return 1; }; done
}
arch() { case $(uname -m) in x86_64) echo x64 ;; aarch64 | arm64) echo arm64 ;; *) echo other ;; esac; }
# Does a job run? True while the worker of the runner in our folder runs.
worker_runs() {
  all_arguments | while IFS= read -r value; do
    case $value in "$home"/runner/bin/Runner.Worker | "$home"/runner/bin.*/Runner.Worker) echo yes ;; esac
  done | read -r value
}

# ---- Time. Waits and limits are written in milliseconds.
now() { date +%s; }
seconds() { printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)); }
nap() { sleep "$(seconds $(($1 / pace + 1)))" & wait $!; } # In the background: a signal is heard at once.

# ---- Talking to Callsheet.
# call <name> <time limit> <rest of the JSON body>: prints the answer, fails when there is none. The body goes
# through a pipe, since everybody can see the arguments of a program.
call() {
  read -r key < "$home/key" || return 1
  printf '{"builder":"%s","launch":"%s","key":"%s",%s}' "$CALLSHEET_BUILDER" "$CALLSHEET_LAUNCH" "$key" "$3" |
    curl -q --silent --fail --max-time "$(seconds $(($2 / hurry)))" --proto "=${CALLSHEET_URL%%:*}" \
      --noproxy 127.0.0.1 --header 'content-type: application/json' -d @- "$CALLSHEET_URL/builders/$1"
}
# tell <name> <rest of the JSON body>: the same, repeated a few times, whatever the answer is: $answer.
tell() { for part in 1 2 3 4; do answer=$(call "$1" 10000 "$2") && break; nap 5000; done; }
# text <name>, number <name>: one field of $answer, or nothing.
text() { case $answer in *\""$1"\":\"*) rest=${answer#*\""$1"\":\"} && printf '%s' "${rest%%\"*}" ;; esac; }
number() { case $answer in *\""$1"\":*) rest=${answer#*\""$1"\":} && printf '%s' "${rest%%[!0-9]*}" ;; esac; }
# Prints the end of the log as a JSON string: plain characters only, quotes and backslashes escaped.
log_end() {
  printf '"'
  tail -c 4000 "$home/log" 2> /dev/null | LC_ALL=C tr -cd '\011\012\040-\176' | tr '\011' ' ' |
    while IFS= read -r rest || [ -n "$rest" ]; do
      while value=${rest%%[\\\"]*} && [ "$value" != "$rest" ]; do
        rest=${rest#"$value"}
        printf '%s\\%s' "$value" "${rest%"${rest#?}"}"
        rest=${rest#?}
      done
      printf '%s\\n' "$rest"
    done
  printf '"'
}

# ---- The end, on every path: of all processes below this one, of the secrets, of the machine.
# Sets $family to the living processes below this one, and those of its session if it leads one.
find_family() {
  table=$(processes)
  family=" $$ " before=
  IFS='
'
  until [ "$before" = "$family" ]; do
    before=$family
    for value in $table; do # <pid> <parent> <session>
      pid=${value%% *} value=${value#* }
      case $family in *" $pid "*) continue ;; esac
      case "$family=${value#* }" in *" ${value% *} "* | *"=$$") ;; *) continue ;; esac
      ! kill -0 "$pid" 2> /dev/null || family="$family$pid "
    done
  done
  unset IFS && family=${family#" $$ "}
}
# Ends them: with the signals in $1, else asks first; forces in the end, after two seconds.
end_family() {
  for signal in ${1:-TERM 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0} KILL KILL KILL; do
    find_family
    [ -n "$family" ] || return 0
    for pid in $family; do kill -"$signal" "$pid" 2> /dev/null; done
    sleep "$(seconds $((100 / hurry)))"
  done
}
leave() {
  trap - EXIT && trap '' TERM INT HUP
  end_family
  rm -f "$home/key" "$home/ticket" "$home/events" "$home/ask" "$home/answer"
  say 'ends'; power_off
}
# Ends before there was work, and tells why: a text of ours without quotes.
give_up() {
  say "gives up: $1"
  value=$(proof) && value="$(epoch)\"proof\":\"$value\",\"why\":\"$1\"" &&
    tell progress "\"busy\":false,\"failure\":{$value,\"log\":$(log_end)}"
  exit 1
}
# Ends after there was work: <exit code of the runner> <why>. A good end, $expected, needs no log. A machine
# that may be wiped from outside, for another job, waits for that: when it is told so, or $stays.
finish() {
  say "$2"; say "$2" >> "$home/log"
  end_family
  value=",\"log\":$(log_end)"
  [ "$1" != 0 ] || [ -z "$expected" ] || value=
  rm -f "$home/events" "$home/ask" "$home/answer" "$home/runner/.credentials"*
  while :; do
    tell finished "\"exitCode\":$1$value"
    case $answer,$stays in
      '{"next":"wait","seconds":'[1-9]*) value= && nap "$(number seconds)000" ;;
      '{"next":"shutdown"'* | *,) exit 0 ;;
      *) nap 30000 ;;
    esac
  done
}

# ---- Getting work.
# Reads the work in $answer; fails when something in it is not as agreed.
read_work() {
  url=$(text url) sha256=$(text sha256) deadline=$(number deadline)
  case $(text jitConfig) in '' | *[!A-Za-z0-9+/=_-]*) return 1 ;; esac
  case $sha256 in *[!0-9a-f]*) return 1 ;; esac
  [ "${#sha256}" = 64 ] && [ -n "$deadline" ] && is_web "$url"
}
# Asks until there is work. Behind a lost answer a function may still be at it for 30 seconds, hence the 35.
claim() {
  body="\"facts\":$(facts)" heard=$(now)
  while [ -n "$stays" ] || [ $(($(now) - heard)) -le $((600 / pace)) ]; do
    answer=$(call claim 30000 "\"proof\":\"$(proof)\",$(epoch)$body")
    case $answer in
      '{"work":{"kind":"actions",'*) read_work && return ;;
      '{"next":"wait","seconds":'[1-9]*) heard=$(now) && nap "$(number seconds)000" && continue ;;
      '{"next":"shutdown"'*) say "is not needed: $(text why)"; exit 0 ;;
    esac
    say 'has no answer to its claim'
    nap $((35000 + $(od -An -N2 -tu2 /dev/urandom) % 10000))
  done
  say 'gives up: no answer to its claim in ten minutes'; exit 1
}
is_runner() { case $(checksum "$1" 2> /dev/null) in "$sha256 "*) ;; *) return 1 ;; esac; }
# Unpacks the runner program: from the cache if it is there, never one with another SHA-256.
get_runner() {
  archive=${CALLSHEET_RUNNER_CACHE:-$home}/$sha256.tar.gz
  if ! is_runner "$archive"; then
    archive=$home/runner.tar.gz
    for part in 1 2 3 failed; do
      [ "$part" != failed ] || finish 1 'the runner program could not be downloaded'
      curl -q --silent --show-error --fail --location --proto "=${url%%:*}" --proto-redir "=${url%%:*}" \
        --noproxy 127.0.0.1 --max-time 300 --output "$archive" "$url" 2>> "$home/log" &
      wait $! && break
      nap 5000
    done
    is_runner "$archive" || finish 1 'the runner program has another SHA-256 than GitHub says'
  fi
  mkdir "$home/runner"
  tar -xzf "$archive" -C "$home/runner" 2>> "$home/log" || finish 1 'the runner program could not be unpacked'
  rm -f "$home/runner.tar.gz"
}

# ---- Doing it. Four things go on side by side: the runner, a clock, the answers to the runner's hook, and
# the main loop, which hears of the others through the pipe `events` (descriptor 3).
run_runner() {
  cd "$home/runner" || exit 1
  unset CALLSHEET_URL CALLSHEET_LAUNCH CALLSHEET_HOME CALLSHEET_PLATFORM CALLSHEET_PACE CALLSHEET_RUNNER_CACHE
  rest=${answer#*'"env":{'}
  while value=${rest#\"} && [ "$value" != "$rest" ]; do # "NAME":"value",…
    name=${value%%\"*} && rest=${value#*:\"}
    value=${rest%%\"*} && rest=${rest#*\"} && rest=${rest#,}
    case $name in '' | *[!A-Z_]*) ;; *) export "$name=$value" ;; esac
  done
  # The runner takes its single-use configuration from here, and removes it.
  ACTIONS_RUNNER_INPUT_JITCONFIG=$(text jitConfig)
  export ACTIONS_RUNNER_INPUT_JITCONFIG ACTIONS_RUNNER_HOOK_JOB_STARTED="$home/hook.sh"
  export ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE=1
  [ "$(as_runner id -u)" != 0 ] || export RUNNER_ALLOW_RUNASROOT=1
  as_runner ./run.sh >> "$home/log" 2>&1 < /dev/null 3>&-
  echo "exit $?" >&3
}
# Prints the script that the runner's worker starts before the first step of its job.
hook() {
  printf '#!/bin/sh\nlimit=%s linger=%s\n' "$(seconds $((20000 / hurry)))" "$(seconds $((2000 / hurry)))"
  cat << 'END'
# Asks the agent, which asks Callsheet, whether this job may run here. No answer in time counts as no.
# After a hook that fails the worker still runs steps with `if: always()` or `if: failure()`. So unless the
# answer is yes the worker ends with the hook, also when that is interrupted because the job is cancelled.
trap 'kill -KILL "$PPID"' EXIT
trap '' INT && trap 'exit 1' TERM HUP
here=${0%/*}
exec 3<> "$here/ask" 4<> "$here/answer"
(
  trap 'kill "$nap"; exit' TERM
  sleep "$limit" & nap=$! && echo ready >&4 && wait
  echo 'refused The machine gave no answer in time to the question whether this job may run here.' >&4
) > /dev/null 2>&1 < /dev/null &
watch=$! && read -r verdict <&4 # It is ready. A signal before that would let bash run the traps above in it.
echo "$GITHUB_REPOSITORY $GITHUB_RUN_ID $GITHUB_RUN_ATTEMPT $GITHUB_JOB" >&3
read -r verdict words <&4
kill "$watch" 2> /dev/null || :
[ "$verdict" = allowed ] || { echo "::error title=Callsheet::$words"; sleep "$linger"; exit 1; }
[ -z "$words" ] || echo "$words"
trap - EXIT
END
}
answer_hook() {
  exec 4<> "$home/ask" 5<> "$home/answer"
  while read -r repository run attempt job <&4; do
    echo job >&3
    verdict='refused Callsheet gave no answer to the question whether this job may run here.'
    case $repository$run$attempt$job in *[!A-Za-z0-9_./-]*) repository= ;; esac
    body="\"repository\":\"$repository\",\"runId\":\"$run\",\"runAttempt\":$attempt,\"job\":\"$job\""
    ends=$(($(now) + 16 / hurry))
    # Asks on when there is no answer, or none that says yes or no, for less than the hook's 20 seconds.
    while [ -n "$repository" ] && part=$(((ends - $(now)) * 1000 * hurry)) && [ "$part" -gt 0 ]; do
      answer=$(call job "$((part < 10000 ? part : 10000))" "$body")
      case $answer in
        '{"allow":true,'*) verdict="allowed $(text notes)" && break ;;
        '{"allow":false,'*) verdict="refused $(text why)" && break ;;
      esac
      nap 1000
    done
    say "a job of $repository is ${verdict%% *}"
    printf '%s\n' "$verdict" >&5
    case $verdict in refused*) sleep "$(seconds $((5000 / hurry)))" && echo refused >&3 ;; esac
  done
}
# Tells Callsheet that this builder lives. Obeys a shutdown only while no job runs, or past the deadline.
beat() {
  if worker_runs; then value=true expected=yes; else value=false; fi
  answer=$(call progress 10000 "\"busy\":$value")
  [ "$(now)" -lt "$deadline" ] || finish 143 'is past its deadline'
  case $answer in
    '{"next":"continue"'*) heard=$(now) ;;
    '{"next":"shutdown"'*) worker_runs || { expected=yes; finish 0 'is told to shut down'; } ;;
    *) [ $(($(now) - heard)) -le $((600 / pace)) ] || worker_runs || finish 143 'has lost Callsheet' ;;
  esac
}

work() {
  rm -f "$home/ticket"
  mkfifo "$home/events" "$home/ask" "$home/answer" || finish 1 'the folder of the agent cannot be written'
  hook > "$home/hook.sh"
  hand_over runner hook.sh ask answer || finish 1 'the runner program cannot be handed to its user'
  exec 3<> "$home/events"
  run_runner &
  answer_hook &
  while :; do nap 30000; echo tick >&3; done &
  unset answer body && heard=$(now) expected=
  while :; do
    read -r event value <&3 || nap 1000
    case ${event:-tick} in
      job) expected=yes ;; # The hook runs in every job; a beat may miss a short one.
      exit) finish "$value" "the runner has exited with $value" ;;
      # Its hook has not ended the worker. Freezes all: no step may begin because the hook dies before it.
      refused) end_family 'STOP KILL'; finish 1 'a job was refused here' ;;
    esac
    beat
  done
}

trap leave EXIT && trap 'exit 143' TERM INT HUP
od -An -v -N32 -tx1 /dev/urandom | tr -d ' \n' > "$home/key" && echo >> "$home/key"
is_fit() { needs cat curl date gzip id mkdir mkfifo od rm sleep tail tar tr uname && health_check; }
is_fit > "$home/log" 2>&1 || give_up 'the machine is not healthy'
say "asks for work (agent version $version)"
claim
get_runner
work
