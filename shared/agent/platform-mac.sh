#!/bin/sh
# The agent on a Mac of AWS EC2: root on a machine of its own, as a service of launchd. It also reads:
#   CALLSHEET_USER   the user of the image that the runner runs as
#   CALLSHEET_LOGIN  1: jobs may open windows, so that user must be logged in
# It takes no tool that a fresh macOS lacks: no timeout, no sha256sum, no /proc. As on Linux a job can become
# root, end this agent, and read the document that says who the machine is: see platform-ec2.sh.
# shellcheck source=/dev/null
. "${0%/*}/machine.sh"
# shellcheck source=/dev/null
. "${0%/*}/metadata.sh"

# ---- After its job the machine stays: Callsheet wipes its disk for another one, or ends it. A Mac that shuts
# down makes its host clean itself for hours, so the agent never does that.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/mac-instance-stop.html
stays=yes
power_off() { say 'leaves the end of this Mac to Callsheet'; }
# Prints what it takes to claim work after the disk was wiped, as JSON with a comma: a tag that Callsheet puts
# on the machine then. There is none before, and nothing is printed.
epoch() {
  value=$(ask_metadata meta-data/tags/instance/callsheet:epoch 2> /dev/null)
  case $value in *[!0-9a-f]*) ;; *) [ "${#value}" != 64 ] || printf '"epoch":"%s",' "$value" ;; esac
}

# ---- The system, as in linux.sh.
system() { echo "macos $(sw_vers -productVersion | LC_ALL=C tr -cd '0-9.')"; }
checksum() { shasum -a 256 "$1"; }
# launchd starts a service as the leader of its process group. Sessions have no numbers here.
processes() {
  ps -axo pid= -o ppid= -o pgid= -o stat= | while read -r pid parent group state; do
    case $state in Z*) ;; *) echo "$pid $parent $group" ;; esac
  done
}
# Without `ww` a line ends after 79 characters.
all_arguments() { ps -axww -o command= | LC_ALL=C tr ' ' '\n'; }
# sudo keeps the environment, in which the runner gets its configuration: everybody can see arguments. The job
# finds Homebrew, which launchd does not know of. Beside windows, `asuser` gives it the user's keychain.
find_become() {
  [ "${CALLSHEET_LOGIN:-}" != 1 ] || has_windows "$1" || return
  brew=/opt/homebrew/bin:/opt/homebrew/sbin:/usr/local/bin
  become="sudo -n -E -u $1 -- env LANG=en_US.UTF-8 PATH=$brew:$PATH"
  [ "${CALLSHEET_LOGIN:-}" != 1 ] || become="launchctl asuser $2 $become"
  $become true || { echo "sudo cannot start a program as '$1' with the environment of root"; return 1; }
}
# has_windows <user>: who is logged in owns the console. Automatic login is some time after the boot.
has_windows() {
  for part in 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9; do
    [ "$(stat -f %Su /dev/console)" != "$1" ] || return 0
    nap 15000
  done
  echo "nobody has logged '$1' in: windows take an image with automatic login (npm run mac-image)"
  return 1
}

# ---- Is it fit to work? What is it?
health_check() {
  needs chgrp chmod chown df env launchctl ps shasum stat sudo sw_vers sysctl && has_proof || return
  has_room && choose_user ec2-user
}
# Of the GPU only this much is known. The program takes a second, and its limit itself.
gpus() { :; }
gpu_features() {
  value=$(system_profiler -timeout 20 SPDisplaysDataType 2> /dev/null)
  case $value in *'Metal Support: Metal'*) printf '"metal"' ;; esac
}
# Since the kernel started, at most a day; 0 when it is not known: `{ sec = 1795291027, usec = 0 } Sat …`.
boot_seconds() {
  value=$(sysctl -n kern.boottime)
  value=${value#*sec = } && value=${value%%,*}
  case $value in '' | 0* | *[!0-9]*) echo 0; return ;; esac
  value=$(($(now) - value))
  echo $((value < 0 ? 0 : value > 86400 ? 86400 : value))
}
