# The script of user-data.ts, below its settings.
set -eu
umask 022

# What goes wrong is said on the console, which EC2 keeps for an hour, and is the end of the machine.
say() { echo "callsheet: $*" | tee /dev/console || :; }
why='a program failed'
fail() { why=$*; exit 1; }
end() {
  trap - EXIT
  say "a machine of the pool $pool of $installation cannot start, and powers off: $why"
  systemctl poweroff || shutdown -P now
  exit 1
}

# 1. The end comes first. It is a timer of systemd, which needs nobody's help. A job that is root can stop it:
# then the machine's end comes from outside.
! systemctl is-active --quiet callsheet-end.timer || exit 0 # This script has run before.
trap end EXIT
trap 'exit 1' HUP INT TERM
systemd-run --unit=callsheet-end --on-active="$age_minutes min" \
  /bin/sh -c 'systemctl poweroff --force || systemctl poweroff --force --force' || fail 'it has no timer'

# 2. Who it is, and what it is for, by its metadata (IMDSv2).
# again <seconds> <command…>: until it succeeds, or all pauses are about so long. They grow, and differ by
# chance: machines that have started together do not ask together.
again() {
  left=$1 most=2
  shift
  until "$@"; do
    [ "$left" -gt 0 ] || return 1
    most=$((most < 30 ? most * 2 : 60))
    pause=$((most / 2 + $(od -An -N2 -tu2 /dev/urandom) % (most / 2 + 1)))
    sleep "$pause"
    left=$((left - pause))
  done
}
fetch() { curl -q --silent --show-error --fail --noproxy '*' --connect-timeout 5 "$@"; }
imds=http://169.254.169.254/latest
ask_token() { fetch --max-time 5 -X PUT -H 'x-aws-ec2-metadata-token-ttl-seconds: 600' "$imds/api/token"; }
ask() { fetch --max-time 5 -H "x-aws-ec2-metadata-token: $token" "$imds/meta-data/$1"; }
token=$(again 60 ask_token) || fail 'the metadata service gives no token'
id=$(again 60 ask instance-id) || fail 'the metadata service does not say which instance it is'
launch=$(again 60 ask "tags/instance/$launch_tag") || fail "it has no tag $launch_tag"
url=$(again 60 ask "tags/instance/$url_tag") || fail "it has no tag $url_tag"
gpu=$(again 60 ask "tags/instance/$gpu_tag") || fail "it has no tag $gpu_tag"
case $id in '' | *[!a-z0-9-]*) fail 'the id of the instance is odd' ;; esac
case $launch in '' | *[!a-z0-9-]*) fail "the tag $launch_tag is odd" ;; esac
case ${url#https://} in '' | "$url" | *[!A-Za-z0-9.:/_-]*) fail "the tag $url_tag is odd" ;; esac
case $gpu in '' | *[!a-z0-9\ ]*) fail "the tag $gpu_tag is odd" ;; esac

# 3. The agent, from Callsheet itself, asked for until about the usual boot limit: not in haste, since others
# may be flooding its address. Its home is on a disk of the instance, if the image has mounted one: there is
# room, and it is fast.
root=/var/lib
for disk in /opt/dlami/nvme /mnt; do
  [ "$(df --output=target "$disk" 2> /dev/null | tail -n 1)" != "$disk" ] || { root=$disk && break; }
done
folder=$root/callsheet
mkdir -p "$folder/home"
chmod a+x "$root" "$folder"
get_agent() { fetch --proto =https --max-time 30 --output "$folder/agent.tar.gz" "$url/builders/agent"; }
again 600 get_agent || fail "there is no agent at $url/builders/agent"
tar -xzf "$folder/agent.tar.gz" -C "$folder" --no-same-owner || fail 'the agent cannot be unpacked'

# 4. It runs as a service of its own. When that ends, for whatever reason, the machine powers off. A job may
# start any number of processes, and one that takes too much memory does not take the others with it.
systemd-run --unit=callsheet-agent --property=ExecStopPost='/usr/bin/systemctl poweroff' \
  --property=TasksMax=infinity --property=OOMPolicy=continue \
  --property=StandardOutput=journal+console --property=StandardError=journal+console \
  --setenv=LANG=C.UTF-8 --setenv=CALLSHEET_PLATFORM=ec2 --setenv=CALLSHEET_HOME="$folder/home" \
  --setenv=CALLSHEET_URL="$url" --setenv=CALLSHEET_BUILDER="$id" --setenv=CALLSHEET_LAUNCH="$launch" \
  --setenv=CALLSHEET_PROMISE="$gpu" --setenv=CALLSHEET_USER="$user" --setenv=CALLSHEET_DOCKER="$docker" \
  --setenv=CALLSHEET_RUNNER_CACHE="$runner_cache" \
  /bin/sh "$folder/agent.sh" || fail 'the agent does not start'
trap - EXIT
say "the agent of $id works for the launch $launch"
